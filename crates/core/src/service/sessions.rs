use super::{Call, Gaggle};
use crate::error::Error;
use gaggle_shared::{CreateSession, List, ProjectId, Session, SessionId, UpdateSession, UserId};

impl Gaggle {
    /// A project's conversations, oldest first.
    pub async fn sessions(&self, call: &Call, user: &UserId, project: &ProjectId) -> Result<List<Session>, Error> {
        unimplemented!()
    }

    /// Makes a conversation; the agent hears of it with its first message.
    pub async fn create_session(&self, call: &Call, user: &UserId, project: &ProjectId, body: CreateSession) -> Result<Session, Error> {
        unimplemented!()
    }

    /// Renames one.
    pub async fn update_session(&self, call: &Call, user: &UserId, project: &ProjectId, session: &SessionId, body: UpdateSession) -> Result<Session, Error> {
        unimplemented!()
    }

    /// Deletes one with its turns. The default session is emptied: another takes its place.
    pub async fn delete_session(&self, call: &Call, user: &UserId, project: &ProjectId, session: &SessionId) -> Result<(), Error> {
        unimplemented!()
    }
}
