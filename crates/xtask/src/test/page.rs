//! The tier of the page: it builds, it is light, and its model is right.

use super::{cargo_test, evidence::Evidence, tally::Tally};
use crate::{page, say};
use anyhow::{Result, bail};

/// Builds, weighs, and runs the page's own tests.
pub(crate) fn run(evidence: &mut Evidence) -> Result<Tally> {
    page::build()?;
    let mut tally = Tally::default();
    tally.check("size of the page", budget());
    tally.add(cargo_test::page(evidence)?);
    Ok(tally)
}

fn budget() -> Result<()> {
    let weights = page::weigh()?;
    for weight in &weights {
        say::note(&format!("{:>8} bytes with brotli: {}", weight.bytes, weight.name));
    }
    let sum: u64 = weights.iter().map(|weight| weight.bytes).sum();
    say::note(&format!("{sum:>8} bytes in all, of {} allowed", page::BUDGET));
    if sum > page::BUDGET {
        bail!("{sum} bytes over the wire, {} are allowed", page::BUDGET);
    }
    Ok(())
}
