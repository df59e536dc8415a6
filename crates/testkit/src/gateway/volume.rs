use super::hub::{Hub, Project};
use gaggle_core::port::AgentUpdate;
use gaggle_shared::ProjectId;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// What a relay and its agent keep over their death.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Disk {
    /// Turns whose prompt was written.
    pub(super) noted: BTreeSet<String>,
    /// The prompts that were written, in their order.
    pub(super) prompts: Vec<String>,
    /// Sessions and what was said in them.
    pub(super) sessions: BTreeMap<String, Vec<Said>>,
    pub(super) made: u32,
}

/// Something that was said in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Said {
    Person(String),
    Agent(String),
}

impl From<Said> for AgentUpdate {
    fn from(said: Said) -> Self {
        match said {
            Said::Person(text) => Self::UserText(text),
            Said::Agent(text) => Self::Text(text),
        }
    }
}

/// A file in which the projects' volumes outlive this process.
#[derive(Debug)]
pub(super) struct Volumes {
    file: PathBuf,
    written: Vec<u8>,
}

impl Volumes {
    /// Reads what is there into the hub.
    pub(super) fn open(file: PathBuf, hub: &mut Hub) -> Self {
        if let Ok(bytes) = std::fs::read(&file) {
            let left: BTreeMap<ProjectId, (u64, Disk)> =
                serde_json::from_slice(&bytes).expect("volumes as they were written");
            let projects = left.into_iter().map(|(id, (relays, disk))| (id, Project::left(relays, disk)));
            hub.projects.extend(projects);
        }
        Self { file, written: Vec::new() }
    }

    /// Writes what has changed, whole or not at all.
    pub(super) fn keep(&mut self, hub: &Hub) {
        let volumes: BTreeMap<_, _> = hub.projects.iter().map(|(id, p)| (id, p.volume())).collect();
        let bytes = serde_json::to_vec(&volumes).expect("plain data");
        if bytes != self.written {
            let fresh = self.file.with_extension("new");
            let kept = std::fs::write(&fresh, &bytes).and_then(|()| std::fs::rename(&fresh, &self.file));
            kept.expect("the volumes' file can be written");
            self.written = bytes;
        }
    }
}
