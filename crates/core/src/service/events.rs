use super::{Call, EventFilter, Gaggle, JournalItems, LineStream, UserStream};
use crate::{error::Error, port::LogLines};
use gaggle_shared::{ProjectId, Seq, UserId};

impl Gaggle {
    /// A project's journal after `after`, then live. What is gone or was never there begins with a `reset`.
    pub async fn events(&self, call: &Call, user: &UserId, project: &ProjectId, after: Seq, filter: EventFilter) -> Result<LineStream, Error> {
        unimplemented!()
    }

    /// A page of a project's journal.
    pub async fn journal(&self, call: &Call, user: &UserId, project: &ProjectId, after: Seq, limit: usize, filter: EventFilter) -> Result<JournalItems, Error> {
        unimplemented!()
    }

    /// A user's projects: a snapshot, unless `resume` is an id that is still known, then what changes.
    pub async fn user_events(&self, call: &Call, user: &UserId, resume: Option<&str>) -> Result<UserStream, Error> {
        unimplemented!()
    }

    /// The agent's log.
    pub async fn logs(&self, call: &Call, user: &UserId, project: &ProjectId, tail: usize, follow: bool) -> Result<LogLines, Error> {
        unimplemented!()
    }

    /// YAML of what is applied for the project.
    pub async fn manifests(&self, call: &Call, user: &UserId, project: &ProjectId) -> Result<String, Error> {
        unimplemented!()
    }
}
