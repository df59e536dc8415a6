use super::{Failed, exit, export, serve};
use crate::{
    config::Config,
    transfer::{self, Counts},
    wire,
};
use anyhow::{Context as _, Result};
use clap::Args;
use std::{
    fs::File,
    io::{self, BufReader},
};

/// Where from.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// A file that `gaggle export` made; `-`: standard input
    file: String,
    /// Add to a store that is not empty; what is there already and equal is left as it is, so that an import which
    /// was cut short can be repeated
    #[arg(long)]
    add: bool,
    /// Where the embedded store is [GAGGLE_DATA_DIR]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
}

/// Stores what an export holds.
pub(super) async fn run(flags: &Flags) -> Result<(), Failed> {
    let config = serve::configured(flags.data_dir.iter().map(|dir| ("GAGGLE_DATA_DIR", dir.clone())))?;
    let done = read(&config, flags).await;
    let counts = done.map_err(|error| Failed::new(exit::FAILED, format!("{error:#}")))?;
    eprintln!("imported {}", export::said(&counts));
    Ok(())
}

async fn read(config: &Config, flags: &Flags) -> Result<Counts> {
    let named = || flags.file.clone();
    let file = || File::open(&flags.file).map(BufReader::new).with_context(named);
    if flags.file != "-" {
        // Nothing is written of a file that is not whole.
        transfer::check(file()?).with_context(named)?;
    }
    export::warn(config);
    let opened = wire::store::open(config).await?;
    let store = opened.store.as_ref();
    if flags.file == "-" {
        return transfer::import(store, io::stdin().lock(), flags.add).await;
    }
    transfer::import(store, file()?, flags.add).await.with_context(named)
}
