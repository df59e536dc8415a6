use super::{Call, Gaggle, Outcome, Parts, Config, Wait};
use crate::error::Error;
use gaggle_shared::{Project, ProjectId, UserId};

impl Gaggle {
    /// Opens the store's instance. Nothing runs yet.
    pub async fn open(parts: Parts, config: Config) -> Result<Self, Error> {
        unimplemented!()
    }

    /// Repairs what a crash left, takes up every project that needs an eye, and begins to reconcile. Returns once
    /// all of them are known, so that relays may call.
    pub async fn start(&self) -> Result<(), Error> {
        unimplemented!()
    }

    /// Ends the streams and the reconciler. With `end_agents` (Ctrl-C of a local server) every agent is stopped
    /// first; running turns end as `interrupted`, and projects stay wished as they are.
    pub async fn shutdown(&self, end_agents: bool) {
        unimplemented!()
    }

    /// Wishes it active, and waits until it can chat.
    pub async fn activate(&self, call: &Call, user: &UserId, project: &ProjectId, wait: Wait) -> Result<Outcome<Project>, Error> {
        unimplemented!()
    }

    /// Wishes it asleep, and waits until nothing of it runs.
    pub async fn deactivate(&self, call: &Call, user: &UserId, project: &ProjectId, wait: Wait) -> Result<Outcome<Project>, Error> {
        unimplemented!()
    }
}
