//! Reading what the relay is given.

use crate::tls::Pin;
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
    /// Not an address that a relay can call.
    #[error("the home address must begin with ws:// or wss://")]
    Home,
    /// No certificate, or not one's hash.
    #[error("homeCert must be the 64 lower-case hexadecimal digits of a SHA-256, and be there with wss://")]
    Cert,
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
    checked(launch)
}

fn checked(launch: Launch) -> Result<Launch, LaunchError> {
    let secure = launch.home.starts_with("wss://");
    match &launch.home_cert {
        _ if !secure && !launch.home.starts_with("ws://") => Err(LaunchError::Home),
        Some(pin) if Pin::parse(pin).is_none() => Err(LaunchError::Cert),
        None if secure => Err(LaunchError::Cert),
        _ => Ok(launch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secure_home_needs_its_certificate_and_an_odd_one_is_refused() {
        let launch = |home: &str, cert: Option<&str>| {
            let mut launch = serde_json::json!({
                "project": "p1", "home": home, "token": "t", "stateDir": "/s", "agentDir": "/a",
                "workspace": "/w", "logFile": "/l", "goose": "goose", "env": {}, "model": "demo",
                "mode": "auto", "patienceMs": 1, "initializeMs": 1, "spoolBytes": 1, "healthPort": 0,
            });
            if let Some(cert) = cert {
                launch["homeCert"] = cert.into();
            }
            checked(serde_json::from_value(launch).unwrap())
        };
        let pin = "0f".repeat(32);
        assert!(launch("ws://h/relay", None).is_ok() && launch("ws://h/relay", Some(&pin)).is_ok());
        assert!(launch("wss://h/relay", Some(&pin)).is_ok_and(|launch| !launch.stay));
        assert!(matches!(launch("wss://h/relay", None), Err(LaunchError::Cert)));
        assert!(matches!(launch("wss://h/relay", Some("0f")), Err(LaunchError::Cert)));
        assert!(matches!(launch("http://h/relay", Some(&pin)), Err(LaunchError::Home)));
    }
}
