//! The tier of the browser: the release binary, a real Goose with the scripted model, a real Chromium.

use super::{evidence::Evidence, playwright, tally::Tally};
use crate::tools::chromium::Browser;
use crate::{binary, page, process, say, tools, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Builds what is tested and runs Playwright.
pub(crate) fn run(evidence: &mut Evidence) -> Result<Tally> {
    let report = workspace::target_dir()?.join("e2e-report.json");
    std::fs::remove_file(&report).ok();
    let mut playwright = prepare()?;
    playwright.args(["test", "--reporter=list,json"]).env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    say::step("running Playwright");
    let ok = process::tee(&mut playwright, |_| {})?;
    let report = std::fs::read(&report).context("Playwright wrote no report")?;
    let results = playwright::read(&serde_json::from_slice(&report)?);
    let mut tally = results.tally;
    if tally.passed + tally.failed == 0 {
        bail!("no browser test ran");
    }
    if !ok && tally.failed == 0 {
        tally.fail("Playwright failed outside its tests".to_owned());
    }
    evidence.passed.extend(results.passed);
    Ok(tally)
}

/// Builds what is shown and takes the pictures of the page: all into `target/screenshots`, the README's into
/// `docs/images`. `only` names the places to show.
pub(crate) fn screenshots(only: Option<&str>) -> Result<()> {
    let mut playwright = prepare()?;
    playwright.args(["test", "--reporter=list", "--config", "screenshots.config.ts"]);
    if let Some(only) = only {
        playwright.env("GAGGLE_PICTURES", only);
    }
    say::step("taking pictures");
    process::run(&mut playwright)
}

/// Builds the parts, and gives the Playwright that knows them.
fn prepare() -> Result<Command> {
    let goose = tools::goose::ensure()?;
    let browser = tools::chromium::ensure()?;
    page::build()?;
    let gaggle = binary::server(binary::Speed::Release)?;
    let model = scripted_model()?;
    install()?;
    let mut playwright = playwright()?;
    playwright
        .env("GAGGLE_BIN", gaggle)
        .env("GAGGLE_GOOSE_BIN", goose)
        .env("GAGGLE_SCRIPTED_MODEL_BIN", model);
    match browser {
        Browser::Installed(path) => {
            playwright.env("CHROMIUM", path);
        }
        Browser::Playwright => process::run_on_stderr(self::playwright()?.args(["install", "chromium"]))?,
    }
    Ok(playwright)
}

/// Names of all browser tests, without running them.
pub(crate) fn list() -> Result<Vec<String>> {
    install()?;
    let listing = process::output(playwright()?.args(["test", "--list", "--reporter=json"]))
        .context("Playwright cannot list its tests")?;
    Ok(playwright::names(&serde_json::from_str(&listing)?))
}

fn folder() -> Result<PathBuf> {
    let folder = workspace::root()?.join("frontend").join("e2e");
    if !folder.join("package-lock.json").is_file() {
        bail!("there are no browser tests in {}", folder.display());
    }
    Ok(folder)
}

fn install() -> Result<()> {
    tools::need_npm()?;
    say::step("installing Playwright (npm ci)");
    let mut npm = process::npm("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run_on_stderr(npm.current_dir(folder()?))
}

fn playwright() -> Result<Command> {
    let mut npx = process::npm("npx");
    npx.args(["--no-install", "playwright"]).current_dir(folder()?);
    Ok(npx)
}

fn scripted_model() -> Result<PathBuf> {
    let mut cargo = workspace::cargo()?;
    process::run_on_stderr(cargo.args(["build", "--package", "gaggle-testkit", "--bin", "scripted-model"]))?;
    let name = format!("scripted-model{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace::target_dir()?.join("debug").join(name))
}
