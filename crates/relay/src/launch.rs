//! Reading what the relay is given.

use gaggle_relay_protocol::Launch;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest launch file, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// Why there is no launch.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file, `-` for standard input.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// It is not what it should be. Only the place is said: the file holds secrets.
    #[error("{path} is not a launch file: line {line}, column {column}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// This build speaks to `ws:` addresses only.
    #[error("the home address must begin with ws://")]
    Home,
}

/// Reads the launch of `path`, or of standard input for `-`.
///
/// # Errors
/// As [`LaunchError`] says.
pub fn read_launch(path: &Path) -> Result<Launch, LaunchError> {
    let read = |source| LaunchError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(read)?;
    } else {
        std::fs::File::open(path).map_err(read)?.take(LONGEST).read_to_string(&mut text).map_err(read)?;
    }
    let launch: Launch = serde_json::from_str(&text).map_err(|error| LaunchError::Parse {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
    })?;
    if launch.home.starts_with("ws://") { Ok(launch) } else { Err(LaunchError::Home) }
}
