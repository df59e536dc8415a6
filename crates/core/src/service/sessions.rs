use super::{
    Action, Call, Gaggle, Wait,
    access::{remember, repeat, writable},
    chat::known_session,
    projects::{blank_session, invalid},
};
use crate::{
    chat,
    error::Error,
    record::{ProjectRecord, SessionRecord},
};
use gaggle_shared::{
    Code, CreateSession, EventBody, List, ProjectId, Session, SessionId, UpdateSession, UserId,
};
use std::time::Duration;

/// How long a deletion waits until nothing of the conversation is stored any more.
const ERASED: Duration = Duration::from_secs(4);

/// So many conversations a project may have.
const SESSIONS: usize = 200;

impl Gaggle {
    /// A project's conversations, oldest first.
    ///
    /// # Errors
    /// `project_not_found`.
    pub async fn sessions(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
    ) -> Result<List<Session>, Error> {
        let record = self.find(call, Action::Read, user, project).await?;
        let items = record.sessions.iter().map(|session| session_view(&record, session)).collect();
        Ok(List { items, next_cursor: None })
    }

    /// Makes a conversation; the agent hears of it with its first message.
    ///
    /// # Errors
    /// `project_not_found`, `project_deleting`, `invalid_request`.
    pub async fn create_session(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        body: CreateSession,
    ) -> Result<Session, Error> {
        let title = body.title.as_deref().map(checked).transpose()?;
        let cell = self.cell(call, Action::Chat, user, project).await?;
        let fresh = SessionId::new(self.engine.parts.clock.now(), self.engine.parts.entropy.ten());
        let asked = call.clone();
        let id = cell
            .change(move |draft| {
                writable(draft)?;
                if let Some(made) = repeat(draft, &asked, "sessions")? {
                    return SessionId::parse(&made)
                        .map_err(|error| Error::new(Code::Internal, error.to_string()));
                }
                if draft.record.sessions.len() >= SESSIONS {
                    return Err(invalid(
                        "sessions",
                        &format!("a project has at most {SESSIONS}; delete one first"),
                    ));
                }
                draft.record.sessions.push(blank_session(fresh.clone(), title, draft.now));
                remember(draft, &asked, "sessions", fresh.as_str());
                Ok(fresh)
            })
            .await?;
        let record = cell.record();
        let made = record.session(&id).ok_or_else(session_not_found)?;
        Ok(session_view(&record, made))
    }

    /// Gives one another title, model or mode. A new model or mode is given to the agent before the next turn, and
    /// again after each start of it.
    ///
    /// # Errors
    /// `session_not_found`, `project_deleting`, `invalid_request`.
    pub async fn update_session(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        session: &SessionId,
        body: UpdateSession,
    ) -> Result<Session, Error> {
        let UpdateSession { title, model, mode } = body;
        if title.is_none() && model.is_none() && mode.is_none() {
            return Err(invalid("title", "title, model or mode must be given"));
        }
        let title = title.as_deref().map(checked).transpose()?;
        if model.iter().flatten().any(|model| !is_name(model)) {
            return Err(invalid("model", "1 to 200 characters, no control characters"));
        }
        let cell = self.cell(call, Action::Arrange, user, project).await?;
        let id = session.clone();
        cell.change(move |draft| {
            writable(draft)?;
            let found =
                draft.record.sessions.iter_mut().find(|one| one.id == id).ok_or_else(session_not_found)?;
            found.title = title.or(found.title.take());
            let (model, mode) = (model.unwrap_or(found.model.clone()), mode.unwrap_or(found.mode));
            found.wish += u32::from(model != found.model || mode != found.mode);
            (found.model, found.mode) = (model, mode);
            if let Some(session) = draft.record.session(&id).map(|found| session_view(&draft.record, found)) {
                draft.emit(EventBody::SessionChanged { session });
            }
            Ok(())
        })
        .await?;
        let record = cell.record();
        let named = record.session(session).ok_or_else(session_not_found)?;
        Ok(session_view(&record, named))
    }

    /// Deletes one with its turns. The default session is emptied: another takes its place.
    ///
    /// # Errors
    /// `session_not_found`, `project_deleting`; `store_unavailable`: it is deleted, and its turns will be erased.
    pub async fn delete_session(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        session: &SessionId,
    ) -> Result<(), Error> {
        let cell = self.cell(call, Action::Arrange, user, project).await?;
        let (id, next) =
            (session.clone(), SessionId::new(self.engine.parts.clock.now(), self.engine.parts.entropy.ten()));
        cell.change(move |draft| {
            writable(draft)?;
            if chat::is_doomed(&draft.record, &id) {
                return Ok(());
            }
            known_session(draft, &id)?;
            chat::doom(draft, &id);
            if draft.record.default_session == id {
                draft.record.default_session = match draft.record.sessions.first() {
                    Some(first) => first.id.clone(),
                    None => {
                        draft.record.sessions.push(blank_session(next.clone(), None, draft.now));
                        next
                    }
                };
            }
            Ok(())
        })
        .await?;
        let erased = cell.until(|record| !chat::is_doomed(record, session) || record.tombstone.is_some());
        match self.waited(Wait::For(ERASED), erased).await {
            Some(erased) => erased.map(drop),
            None => {
                let said = "the conversation is deleted, but its turns could not be erased yet";
                Err(Error::new(Code::StoreUnavailable, said)
                    .hint("they are as soon as the store answers again"))
            }
        }
    }
}

/// A conversation as people see it.
pub(crate) fn session_view(record: &ProjectRecord, session: &SessionRecord) -> Session {
    Session {
        id: session.id.clone(),
        title: session.title.clone().or_else(|| session.agent_title.clone()),
        created_at: session.created_at,
        last_activity_at: session.last_activity_at,
        mode: session.mode,
        model: session.model.clone(),
        is_default: record.default_session == session.id,
        options: session.offers.clone(),
        accepts: record.accepts,
    }
}

/// A model's name.
fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 200 && !text.chars().any(char::is_control)
}

fn checked(title: &str) -> Result<String, Error> {
    let title = title.trim();
    let good = (1..=200).contains(&title.chars().count()) && !title.chars().any(char::is_control);
    if good {
        Ok(title.to_owned())
    } else {
        Err(invalid("title", "1 to 200 characters, no control characters"))
    }
}

pub(super) fn session_not_found() -> Error {
    Error::new(Code::SessionNotFound, "there is no such session")
}
