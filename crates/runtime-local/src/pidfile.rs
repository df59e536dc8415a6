//! Which process a project's relay is, also for the next server.

use crate::{
    layout::{Place, put},
    process::{self, Marked, Process},
};
use gaggle_shared::{InstanceId, ProjectId};
use serde::{Deserialize, Serialize};
use std::io;

/// A relay that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Relay {
    #[serde(flatten)]
    pub(crate) process: Process,
    /// SHA-256 of its launch file.
    pub(crate) launch: String,
}

/// Notes it, so that the server's end forgets nothing; with the machine the relay itself is gone.
pub(crate) fn write(place: &Place, relay: &Relay) -> io::Result<()> {
    put(&place.pid(), serde_json::to_string(relay)?.as_bytes())
}

/// What is noted, whether it runs or not.
pub(crate) fn read(place: &Place) -> Option<Relay> {
    std::fs::read(place.pid()).ok().and_then(|text| serde_json::from_slice(&text).ok())
}

/// Forgets it.
pub(crate) fn clear(place: &Place) -> io::Result<()> {
    match std::fs::remove_file(place.pid()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The relay of this project that runs now; `place` is ours, or empty. One that was started but not noted, because the server died in
/// between, is found by its marks.
pub(crate) fn running(place: &Place, instance: &InstanceId, project: &ProjectId) -> Option<Relay> {
    noted(place, instance, project).or_else(|| among(process::of_project(instance, project)))
}

/// The relay among a project's processes.
pub(crate) fn among(found: Vec<Marked>) -> Option<Relay> {
    let found = found.into_iter().next()?;
    Some(Relay { process: found.process, launch: found.launch? })
}

/// The relay that is noted, if it runs now.
pub(crate) fn noted(place: &Place, instance: &InstanceId, project: &ProjectId) -> Option<Relay> {
    read(place).filter(|relay| relay.process.alive()).filter(|relay| {
        // Where environments can be read, pid and start time are not enough: the machine may have been restarted.
        match relay.process.marks(instance) {
            Some(marked) => marked.project == *project && marked.launch.as_ref() == Some(&relay.launch),
            None => cfg!(not(target_os = "linux")),
        }
    })
}
