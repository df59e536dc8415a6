//! `cargo xtask image`: the container images, by whichever builder is there.

mod base;
mod engine;
mod kinds;

pub(crate) use engine::{engine, save};
pub(crate) use kinds::Kind;

use crate::say;
use anyhow::Result;
use std::time::Instant;

/// Options of `cargo xtask image`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to build.
    kind: Kind,
}

/// Builds the image and prints its name.
pub(crate) fn image(args: &Args) -> Result<()> {
    println!("{}", build(args.kind)?);
    Ok(())
}

/// Builds the image; its name.
pub(crate) fn build(kind: Kind) -> Result<&'static str> {
    let name = kind.name();
    let context = kind.context()?;
    let engine = engine()?;
    engine.provide_base(&kind.dockerfile()?)?;
    say::step(&format!("building the image {name} with {engine}"));
    let start = Instant::now();
    let before = engine.id(name);
    engine.build(name, &kind.dockerfile()?, &context)?;
    std::fs::remove_dir_all(&context).ok();
    // Hundreds of megabytes without a name, of which every build would leave some.
    if let Some(before) = before.filter(|before| engine.id(name).as_ref() != Some(before)) {
        engine.remove(&before);
    }
    say::note(&format!("{name} took {}", say::duration(start.elapsed())));
    Ok(name)
}
