//! Opening the store, with patience where it is a server of its own.

use super::{Wired, assemble};
use crate::config::{Config, StoreConfig};
use anyhow::{Context as _, Result};
use gaggle_core::{error::Error as Refused, port::Store, port::StoreError};
use gaggle_shared::Code;
use gaggle_store_embedded::{DirLock, EmbeddedStore};
use gaggle_store_mongodb::{MongoAddress, MongoStore};
use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt as _, path::Path, sync::Arc, time::Duration};
use tokio::time::sleep;

/// The pause before a MongoDB that did not answer is asked again: nothing tells when it is there.
const PAUSE: Duration = Duration::from_secs(1);

/// An open store, and what holds the data directory where the store does not do so itself.
#[derive(Debug)]
pub struct Opened {
    /// It.
    pub store: Arc<dyn Store>,
    pub(super) lock: Option<DirLock>,
}

/// Opens the store that the configuration names, once.
///
/// # Errors
/// When another server has it open, or it cannot be reached or read.
pub async fn open(config: &Config) -> Result<Opened> {
    let data = &config.paths.data;
    match &config.store {
        StoreConfig::Embedded => Ok(Opened { store: Arc::new(embedded(data).await?), lock: None }),
        StoreConfig::Mongodb(address) => {
            let lock = Some(hold(data)?);
            Ok(Opened { store: Arc::new(MongoStore::open(address).await?), lock })
        }
    }
}

/// Opens the store and puts everything together. A MongoDB that cannot be reached is waited for: each cause is
/// given to `waits`.
///
/// # Errors
/// What waiting does not mend, in one line.
pub async fn patiently(config: &Config, waits: impl Fn(&str)) -> Result<Wired> {
    let opened = match &config.store {
        StoreConfig::Embedded => open(config).await?,
        StoreConfig::Mongodb(address) => {
            let lock = Some(hold(&config.paths.data)?);
            Opened { store: reached(address, &waits).await?, lock }
        }
    };
    let patient = matches!(config.store, StoreConfig::Mongodb(_));
    let wired = loop {
        match assemble(config, opened.store.clone()).await {
            Err(error) if patient && passes(&error) => pause(&format!("{error:#}"), &waits).await,
            wired => break wired?.holding(opened.lock),
        }
    };
    loop {
        match wired.gaggle.start().await {
            Ok(()) => return Ok(wired),
            Err(error) if patient && error.code == Code::StoreUnavailable => {
                pause(&error.message, &waits).await;
            }
            Err(error) => return Err(error).context("cannot start"),
        }
    }
}

/// Whether it is the store that cannot be reached.
fn passes(error: &anyhow::Error) -> bool {
    let refused = error.downcast_ref::<Refused>().map(|error| error.code);
    refused == Some(Code::StoreUnavailable)
        || matches!(error.downcast_ref::<StoreError>(), Some(StoreError::Unavailable(_)))
}

/// Waits for a server; what waiting does not mend (a newer layout, a server that is too old) is an error.
async fn reached(address: &MongoAddress, waits: &impl Fn(&str)) -> Result<Arc<dyn Store>> {
    loop {
        match MongoStore::open(address).await {
            Ok(store) => return Ok(Arc::new(store)),
            Err(error @ StoreError::Unavailable(_)) => pause(&error.to_string(), waits).await,
            Err(error) => return Err(error.into()),
        }
    }
}

async fn pause(cause: &str, waits: &impl Fn(&str)) {
    waits(cause);
    sleep(PAUSE).await;
}

/// Opens the store of a data directory. A repair after a crash reads the whole file: not on this thread.
async fn embedded(data: &Path) -> Result<EmbeddedStore> {
    let data = data.to_owned();
    Ok(tokio::task::spawn_blocking(move || EmbeddedStore::open(&data)).await??)
}

/// Makes the data directory and holds it, as the embedded store does: agents' workspaces have one server.
fn hold(data: &Path) -> Result<DirLock> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.with_context(|| format!("cannot make {}", data.display()))?;
    Ok(DirLock::take(data)?)
}
