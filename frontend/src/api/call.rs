//! The contract's calls, each in one line.

use super::http::{Trouble, get, get_text, send, tell};
use gaggle_shared::{
    AnswerPermission, Attachment, CancelTurn, CreateProject, CreateSession, EditTurn, Event, Info, List,
    Message, Mode, Permission, PermissionId, ProjectId, ProjectName, SendMessage, Seq, Session, SessionId,
    Status, SteerTurn, Turn, TurnId, UpdateProject, UpdateSession, UsageReport, UserId, WorkspaceFile,
    read::Value,
};
use gloo_net::http::Method;

const NOTHING: Option<&()> = None;

/// How many lines of a log are read: as many as are kept.
const LINES: usize = crate::model::log::MOST;

/// A number that no event has, and that every store can count to.
const NEVER: Seq = (1 << 53) - 1;

/// A page of a journal.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    pub(crate) items: Vec<Event>,
    pub(crate) last_seq: Seq,
}

gaggle_shared::read_object!(Journal { items = "items", last_seq = "lastSeq" });

/// Of a turn, where it belongs.
struct OfSession(SessionId);

impl gaggle_shared::read::Read for OfSession {
    fn read(from: Value) -> Option<Self> {
        gaggle_shared::read::Fields::of(from)?.take("sessionId").map(Self)
    }
}

/// `GET /api/users`
pub(crate) async fn users() -> Result<Vec<gaggle_shared::User>, Trouble> {
    get::<List<_>>("/api/users?limit=200").await.map(|list| list.items)
}

/// `GET /api/info`
pub(crate) async fn info() -> Result<Info, Trouble> {
    get("/api/info").await
}

/// `GET /api/status`
pub(crate) async fn status() -> Result<Status, Trouble> {
    get("/api/status").await
}

/// A user's routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User(pub(crate) UserId);

impl User {
    fn path(&self, rest: &str) -> String {
        format!("/api/users/{}{rest}", self.0)
    }

    pub(crate) fn events(&self) -> String {
        self.path("/events")
    }

    /// Makes a project; `key` makes a repeated try harmless.
    pub(crate) async fn create(
        &self,
        name: ProjectName,
        key: &str,
    ) -> Result<gaggle_shared::Project, Trouble> {
        let body = CreateProject { name, settings: None };
        send(Method::POST, &self.path("/projects"), Some(key), Some(&body)).await
    }

    pub(crate) async fn pending(&self) -> Result<Vec<Permission>, Trouble> {
        get::<List<_>>(&self.path("/permissions?state=pending&limit=200")).await.map(|list| list.items)
    }

    /// Approvals that are over, the newest first.
    pub(crate) async fn over(&self) -> Result<Vec<Permission>, Trouble> {
        get::<List<_>>(&self.path("/permissions?state=over&limit=20")).await.map(|list| list.items)
    }

    /// What the projects used in the last so many days, or one of them; empty: 30.
    pub(crate) async fn usage(&self, days: &str, only: Option<&ProjectId>) -> Result<UsageReport, Trouble> {
        get(&self.usage_path(days, only)).await
    }

    /// The same, to be kept as a file.
    pub(crate) fn usage_file(&self, days: &str, only: Option<&ProjectId>) -> String {
        format!("{}&format=csv", self.usage_path(days, only))
    }

    fn usage_path(&self, days: &str, only: Option<&ProjectId>) -> String {
        let days = if days.is_empty() { "30" } else { days };
        let only = only.map(|id| format!("&projectId={id}")).unwrap_or_default();
        self.path(&format!("/usage?days={days}{only}"))
    }

    pub(crate) fn project(&self, id: ProjectId) -> Project {
        Project { user: self.0.clone(), id }
    }
}

/// A project's routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) user: UserId,
    pub(crate) id: ProjectId,
}

impl Project {
    fn path(&self, rest: &str) -> String {
        format!("/api/users/{}/projects/{}{rest}", self.user, self.id)
    }

    pub(crate) async fn read(&self) -> Result<gaggle_shared::Project, Trouble> {
        get(&self.path("")).await
    }

    pub(crate) async fn update(&self, patch: &UpdateProject) -> Result<gaggle_shared::Project, Trouble> {
        send(Method::PATCH, &self.path(""), None, Some(patch)).await
    }

    pub(crate) async fn activate(&self) -> Result<(), Trouble> {
        tell(Method::POST, &self.path("/activate"), NOTHING).await
    }

    pub(crate) async fn deactivate(&self) -> Result<(), Trouble> {
        tell(Method::POST, &self.path("/deactivate"), NOTHING).await
    }

    pub(crate) async fn delete(&self) -> Result<(), Trouble> {
        tell(Method::DELETE, &self.path(""), NOTHING).await
    }

    pub(crate) fn events(&self, after: Seq) -> String {
        self.path(&format!("/events?after={after}"))
    }

    async fn journal(&self, after: Seq) -> Result<Journal, Trouble> {
        get(&self.path(&format!("/events?after={after}&limit=200"))).await
    }

    /// The number of the journal's last event: an empty page says it.
    pub(crate) async fn journal_end(&self) -> Result<Seq, Trouble> {
        self.journal(NEVER).await.map(|page| page.last_seq)
    }

    /// All events after `after` up to `until`, in as many pages as that takes.
    pub(crate) async fn journal_between(&self, after: Seq, until: Seq) -> Result<Vec<Event>, Trouble> {
        let (mut events, mut at) = (Vec::new(), after);
        while at < until {
            let page = self.journal(at).await?;
            if page.items.is_empty() {
                break;
            }
            at = page.last_seq;
            events.extend(page.items.into_iter().filter(|event| event.seq <= until));
        }
        Ok(events)
    }

    /// The steps of a start, from the event on that it began with.
    pub(crate) async fn start_from(&self, seq: Seq) -> Result<Vec<Event>, Trouble> {
        let after = seq.saturating_sub(1);
        let types = "activation.step,cluster.event,project.phase";
        let path = format!("/events?after={after}&limit=200&types={types}");
        get::<Journal>(&self.path(&path)).await.map(|page| page.items)
    }

    /// A page of a session's transcript, before a message or the newest.
    pub(crate) async fn messages(
        &self,
        session: &SessionId,
        before: Option<&str>,
    ) -> Result<List<Message>, Trouble> {
        let before = before.map(|id| format!("&before={id}")).unwrap_or_default();
        get(&self.path(&format!("/messages?sessionId={session}&limit=100{before}"))).await
    }

    /// As [`Project::messages`], as they came.
    pub(crate) async fn raw_messages(
        &self,
        session: &SessionId,
        before: Option<&str>,
    ) -> Result<List<Value>, Trouble> {
        let before = before.map(|id| format!("&before={id}")).unwrap_or_default();
        get(&self.path(&format!("/messages?sessionId={session}&limit=200{before}"))).await
    }

    pub(crate) async fn turns(&self) -> Result<Vec<Turn>, Trouble> {
        get::<List<_>>(&self.path("/turns?limit=50")).await.map(|list| list.items)
    }

    /// A page of the turns, newest first.
    pub(crate) async fn turns_after(&self, cursor: Option<&str>) -> Result<List<Turn>, Trouble> {
        let cursor = cursor.map(|id| format!("&cursor={id}")).unwrap_or_default();
        get(&self.path(&format!("/turns?limit=25{cursor}"))).await
    }

    /// The conversation of a turn; of the rest nothing is read, which is all that the fleet needs.
    pub(crate) async fn session_of(&self, id: &TurnId) -> Result<SessionId, Trouble> {
        get::<OfSession>(&self.path(&format!("/turns/{id}"))).await.map(|of| of.0)
    }

    pub(crate) async fn permissions(&self) -> Result<Vec<Permission>, Trouble> {
        get::<List<_>>(&self.path("/permissions?limit=200")).await.map(|list| list.items)
    }

    pub(crate) async fn sessions(&self) -> Result<Vec<Session>, Trouble> {
        get::<List<_>>(&self.path("/sessions?limit=200")).await.map(|list| list.items)
    }

    pub(crate) async fn new_session(&self) -> Result<Session, Trouble> {
        send(Method::POST, &self.path("/sessions"), None, Some(&CreateSession::default())).await
    }

    pub(crate) async fn rename_session(&self, id: &SessionId, title: String) -> Result<(), Trouble> {
        self.update_session(id, UpdateSession { title: Some(title), ..UpdateSession::default() }).await
    }

    pub(crate) async fn update_session(&self, id: &SessionId, patch: UpdateSession) -> Result<(), Trouble> {
        tell(Method::PATCH, &self.path(&format!("/sessions/{id}")), Some(&patch)).await
    }

    pub(crate) async fn delete_session(&self, id: &SessionId) -> Result<(), Trouble> {
        tell(Method::DELETE, &self.path(&format!("/sessions/{id}")), NOTHING).await
    }

    /// Sends a message; `key` makes a repeated try harmless.
    pub(crate) async fn say(
        &self,
        text: String,
        session: SessionId,
        mode: Option<Mode>,
        attachments: Vec<Attachment>,
        key: &str,
    ) -> Result<Turn, Trouble> {
        let body = SendMessage { session_id: Some(session), mode, attachments, ..SendMessage::of(text) };
        send(Method::POST, &self.path("/messages"), Some(key), Some(&body)).await
    }

    /// Sends a message again, with all that came with the turn `of`.
    pub(crate) async fn say_again(
        &self,
        text: String,
        session: SessionId,
        of: Option<TurnId>,
        key: &str,
    ) -> Result<Turn, Trouble> {
        let body = SendMessage { session_id: Some(session), attachments_of: of, ..SendMessage::of(text) };
        send(Method::POST, &self.path("/messages"), Some(key), Some(&body)).await
    }

    /// Where something that came with a message can be read.
    pub(crate) fn attachment(&self, turn: &TurnId, index: usize) -> String {
        self.path(&format!("/turns/{turn}/attachments/{index}"))
    }

    /// Files of the workspace, the likeliest first.
    pub(crate) async fn files(&self, wanted: &str) -> Result<Vec<String>, Trouble> {
        let wanted = js_sys::encode_uri_component(wanted);
        let found = get::<List<WorkspaceFile>>(&self.path(&format!("/files?limit=8&q={wanted}"))).await?;
        Ok(found.items.into_iter().map(|file| file.path).collect())
    }

    /// Adds to the running turn; `key` makes a repeated try harmless.
    pub(crate) async fn steer(&self, text: String, session: SessionId, key: &str) -> Result<Turn, Trouble> {
        let body = SteerTurn { text, session_id: Some(session) };
        send(Method::POST, &self.path("/steer"), Some(key), Some(&body)).await
    }

    pub(crate) async fn cancel(&self, session: SessionId) -> Result<(), Trouble> {
        tell(Method::POST, &self.path("/cancel"), Some(&CancelTurn { session_id: Some(session) })).await
    }

    pub(crate) async fn edit(&self, turn: &TurnId, text: String) -> Result<(), Trouble> {
        tell(Method::PATCH, &self.path(&format!("/turns/{turn}")), Some(&EditTurn { text })).await
    }

    pub(crate) async fn take_back(&self, turn: &TurnId) -> Result<(), Trouble> {
        tell(Method::DELETE, &self.path(&format!("/turns/{turn}")), NOTHING).await
    }

    pub(crate) async fn answer(
        &self,
        permission: &PermissionId,
        option_id: String,
        comment: Option<String>,
    ) -> Result<(), Trouble> {
        let body = AnswerPermission { option_id, comment };
        tell(Method::POST, &self.path(&format!("/permissions/{permission}")), Some(&body)).await
    }

    pub(crate) async fn logs(&self) -> Result<String, Trouble> {
        get_text(&self.path(&format!("/logs?tail={LINES}"))).await
    }

    /// So many of the last lines, then what follows.
    pub(crate) fn follow_logs(&self) -> String {
        self.path(&format!("/logs?follow=true&tail={LINES}"))
    }

    /// The same lines, to be kept as a file: the server gives no more at once.
    pub(crate) fn logs_file(&self) -> String {
        self.path(&format!("/logs?tail={LINES}"))
    }

    /// YAML of what is applied.
    pub(crate) async fn manifests(&self) -> Result<String, Trouble> {
        get_text(&self.path("/manifests")).await
    }
}
