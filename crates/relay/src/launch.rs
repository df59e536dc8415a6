//! Reading what the relay is given.

use crate::run::Signals;
use crate::tls::Pin;
use gaggle_relay_protocol::Launch;
use sha2::{Digest as _, Sha256};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest launch file, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// The variable that says which launch is a relay's own: how its SHA-256 begins, lower-case hex.
pub const OWN: &str = "GAGGLE_LAUNCH";

/// How often a launch is read again that is another's. A Secret's volume is changed by swapping links, which a
/// file watch would have to guess at.
const AGAIN: Duration = Duration::from_millis(250);

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
    parse(path, &text(path)?)
}

/// As [`read_launch`], once it is the one whose SHA-256 begins with `own`. In a pod that was told to go and whose
/// container starts once more, the Secret's volume shows the launch of its successor: who used that would take the
/// successor's place, and end with its pod in the middle of a turn. None: a signal came first.
///
/// # Errors
/// As [`LaunchError`] says.
pub async fn own_launch(path: &Path, own: &str) -> Result<Option<Launch>, LaunchError> {
    let signals = Signals::new();
    let mut signals = signals.map_err(|source| LaunchError::Read { path: path.to_owned(), source })?;
    let mut told = false;
    loop {
        let text = text(path)?;
        if is_own(&text, own) {
            return parse(path, &text).map(Some);
        }
        if !told {
            let file = path.display();
            drop(writeln!(
                std::io::stderr(),
                "gaggle-relay: {file} is another activation's; waiting for this pod's own, or its end"
            ));
            told = true;
        }
        tokio::select! {
            () = signals.end() => return Ok(None),
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

fn is_own(text: &str, own: &str) -> bool {
    let digest = Sha256::digest(text.as_bytes());
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.starts_with(own)
}

fn text(path: &Path) -> Result<String, LaunchError> {
    let read = |source| LaunchError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(read)?;
    } else {
        std::fs::File::open(path).map_err(read)?.take(LONGEST).read_to_string(&mut text).map_err(read)?;
    }
    Ok(text)
}

fn parse(path: &Path, text: &str) -> Result<Launch, LaunchError> {
    let launch: Launch = serde_json::from_str(text).map_err(|error| LaunchError::Parse {
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

    #[tokio::test]
    async fn a_launch_of_another_activation_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("launch.json");
        let launch = |token: &str| {
            serde_json::json!({
                "project": "p1", "home": "ws://h/relay", "token": token, "stateDir": "/s", "agentDir": "/a",
                "workspace": "/w", "logFile": "/l", "goose": "goose", "env": {}, "model": "demo",
                "mode": "auto", "patienceMs": 1, "initializeMs": 1, "spoolBytes": 1, "healthPort": 0,
            })
            .to_string()
        };
        let (ours, theirs) = (launch("ours"), launch("theirs"));
        let hash: String = Sha256::digest(&ours)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(&file, &theirs).unwrap();
        let mut waiting = Box::pin(own_launch(&file, &hash));
        let early = tokio::time::timeout(AGAIN * 2, &mut waiting).await;
        assert!(early.is_err(), "it was used: {early:?}");
        std::fs::write(&file, &ours).unwrap();
        assert_eq!(waiting.await.unwrap().map(|launch| launch.token).as_deref(), Some("ours"));
    }
}
