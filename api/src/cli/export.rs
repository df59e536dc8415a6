use super::{Failed, exit, serve};
use crate::{
    config::{Config, StoreConfig},
    transfer::{self, Counts},
    wire,
};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::{
    fs::{self, OpenOptions},
    io::{self, BufWriter},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Where to.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// A file that is made; `-`: standard output. It holds all chats, and secrets of the instance
    file: String,
    /// Where the embedded store is [GAGGLE_DATA_DIR]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
}

/// Writes all that the store holds as JSON lines.
pub(super) async fn run(flags: &Flags) -> Result<(), Failed> {
    let config = serve::configured(flags.data_dir.iter().map(|dir| ("GAGGLE_DATA_DIR", dir.clone())))?;
    let done = write(&config, &flags.file).await;
    let counts = done.map_err(|error| Failed::new(exit::FAILED, format!("{error:#}")))?;
    eprintln!("exported {}", said(&counts));
    Ok(())
}

async fn write(config: &Config, file: &str) -> Result<Counts> {
    if matches!(config.store, StoreConfig::Embedded) && !config.paths.data.join("gaggle.redb").exists() {
        bail!("there is no store in {}", config.paths.data.display());
    }
    let path = Path::new(file);
    if file != "-" && path.exists() {
        bail!("{file} exists");
    }
    warn(config);
    let opened = wire::store::open(config).await?;
    let store = opened.store.as_ref();
    if file == "-" {
        return transfer::export(store, BufWriter::new(io::stdout())).await;
    }
    // Under its name only once it is whole.
    let part = Path::new(&format!("{file}.part")).to_path_buf();
    // It holds secrets: what stands there from before may be open to others.
    if let Err(error) = fs::remove_file(&part)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error).with_context(|| format!("cannot replace {}", part.display()));
    }
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
    let mut out = BufWriter::new(opened.with_context(|| format!("cannot write {}", part.display()))?);
    let counts = transfer::export(store, &mut out).await?;
    out.into_inner()?.sync_all()?;
    fs::rename(&part, path).with_context(|| format!("cannot write {file}"))?;
    Ok(counts)
}

/// An embedded store knows whether a server has it open; a MongoDB does not.
pub(super) fn warn(config: &Config) {
    if let StoreConfig::Mongodb(address) = &config.store {
        eprintln!("MongoDB at {address} cannot say whether a server uses it: stop every Gaggle that does");
    }
}

/// What was moved, for people.
pub(super) fn said(counts: &Counts) -> String {
    let Counts { projects, turns, batches } = counts;
    format!("{projects} projects, {turns} turns, {batches} journal records")
}
