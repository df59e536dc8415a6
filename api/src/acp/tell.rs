//! What is said of a session itself: its mode, its title, its commands.

use super::{
    client::{Client, HungUp},
    offer,
    rpc::RpcError,
};
use gaggle_shared::{Code, Mode, Session, SessionId};
use serde_json::json;

impl Client {
    /// A session of the project, as it is.
    pub(super) async fn session(&self, id: &SessionId) -> Result<Session, RpcError> {
        let place = &self.place;
        let sessions = self.app.gaggle.sessions(&place.call, &place.user, &place.project).await?;
        sessions.items.into_iter().find(|session| session.id == *id).ok_or_else(|| {
            gaggle_core::error::Error::new(Code::SessionNotFound, "there is no such session").into()
        })
    }

    /// The mode that its next turn runs in.
    pub(super) async fn mode_of(&self, session: &Session) -> Result<Mode, RpcError> {
        let wished = self.sessions.get(&session.id).and_then(|attached| attached.wished);
        if let Some(mode) = wished.or(session.mode) {
            return Ok(mode);
        }
        let place = &self.place;
        let project = self.app.gaggle.project(&place.call, &place.user, &place.project).await?;
        Ok(project.settings.mode.unwrap_or_default())
    }

    /// Tells what has changed of it since it was told last.
    pub(super) async fn tell_session(&mut self, id: &SessionId) -> Result<(), HungUp> {
        let Ok(session) = self.session(id).await else { return Ok(()) };
        let Ok(mode) = self.mode_of(&session).await else { return Ok(()) };
        let Some(attached) = self.sessions.get_mut(id) else { return Ok(()) };
        let mut updates = Vec::new();
        let told = &mut attached.told;
        if told.mode.replace(mode).is_some_and(|before| before != mode) {
            updates.push(json!({"sessionUpdate": "current_mode_update", "currentModeId": mode.as_str()}));
        }
        if session.title.is_some() && session.title != told.title {
            updates.push(json!({"sessionUpdate": "session_info_update", "title": session.title}));
            told.title = session.title;
        }
        let commands = session.options.map(|options| options.commands).unwrap_or_default();
        if commands.len() != told.commands {
            told.commands = commands.len();
            updates.push(offer::commands(&commands));
        }
        for update in updates {
            self.update(id, &update).await?;
        }
        Ok(())
    }
}
