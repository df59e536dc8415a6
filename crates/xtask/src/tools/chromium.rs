//! A browser for the end-to-end tests.

use crate::{process, say, tools::debian};
use anyhow::{Result, bail};
use std::fmt;
use std::path::PathBuf;

/// Which browser the tests drive.
#[derive(Debug)]
pub(crate) enum Browser {
    /// A Chromium or Chrome of this machine.
    Installed(PathBuf),
    /// Playwright fetches its own.
    Playwright,
}

impl fmt::Display for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installed(path) => write!(f, "{}", path.display()),
            Self::Playwright => f.write_str("Playwright's own Chromium"),
        }
    }
}

const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// `CHROMIUM`, else one on `PATH`, else Debian's package, else Playwright's.
pub(crate) fn ensure() -> Result<Browser> {
    if let Some(path) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        if !path.is_file() {
            bail!("CHROMIUM names no file: {}", path.display());
        }
        return Ok(Browser::Installed(path));
    }
    if let Some(path) = find() {
        return Ok(Browser::Installed(path));
    }
    if debian::can_install() {
        debian::install(&["chromium", "fonts-liberation", "fonts-noto-color-emoji"])?;
        if let Some(path) = find() {
            return Ok(Browser::Installed(path));
        }
    }
    say::note("no Chromium or Chrome found: Playwright will fetch its own");
    Ok(Browser::Playwright)
}

fn find() -> Option<PathBuf> {
    let mac = PathBuf::from(MAC);
    NAMES.iter().find_map(|name| process::on_path(name)).or_else(|| mac.is_file().then_some(mac))
}
