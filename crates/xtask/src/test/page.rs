//! The tier of the page: it builds, it is light, its code is clean, and its model is right.

use super::{cargo_test, evidence::Evidence, tally::Tally};
use crate::tools::wasm_target;
use crate::{page, process, say, tools};
use anyhow::{Result, bail};

/// Builds, weighs, lints, and runs the page's own tests, each even if another fails.
pub(crate) fn run(evidence: &mut Evidence) -> Result<Tally> {
    let mut tally = Tally::default();
    tally.check("build of the page", page::build());
    tally.check("size of the page", budget());
    tally.check("clippy for the page", clippy());
    tally.add(cargo_test::page(evidence)?);
    Ok(tally)
}

/// The lint tier compiles for this machine and so never sees the code that runs in the browser.
fn clippy() -> Result<()> {
    let tools = tools::page::ensure()?;
    tools.target.need_clippy()?;
    let mut cargo = tools.cargo()?;
    cargo.args(["clippy", "--package", cargo_test::PAGE, "--target", wasm_target::TARGET]);
    process::run_on_stderr(cargo.args(["--", "-D", "warnings"]))
}

fn budget() -> Result<()> {
    let weights = page::weigh()?;
    for weight in &weights {
        let when = if weight.first { "first" } else { "later" };
        say::note(&format!("{:>8} bytes with brotli, {when}: {}", weight.bytes, weight.name));
    }
    let whole: u64 = weights.iter().map(|weight| weight.bytes).sum();
    let first: u64 = weights.iter().filter(|weight| weight.first).map(page::Weight::with_head).sum();
    say::note(&format!("{first:>8} bytes with heads up to the fleet view, of {}", page::BUDGET));
    say::note(&format!("{whole:>8} bytes with all parts, of {}", page::WHOLE));
    if first > page::BUDGET {
        bail!(
            "{first} bytes over the wire up to the fleet view, {} are allowed: see frontend/src/part.rs",
            page::BUDGET
        );
    }
    if whole > page::WHOLE {
        bail!("{whole} bytes with all parts, {} are allowed", page::WHOLE);
    }
    Ok(())
}
