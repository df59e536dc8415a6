//! The conversation of a project: one fold over its transcript and its journal.
//!
//! Everything may come twice, from the transcript and from the journal, in either order; states only ever move
//! forward and text goes in by offset, so nothing doubles.

mod entry;
pub mod fold;
pub mod once;
#[cfg(test)]
pub(crate) mod samples;
pub mod seen;
#[cfg(test)]
mod tests;
pub mod window;
pub mod work;

pub use entry::Entry;

use super::start::Activation;
use super::timeline;
use gaggle_shared::{
    Event, EventBody, Failure, Message, MessageId, MessageState, OptionKind, Permission, PermissionId,
    PermissionState, Role, Seq, SessionId, StopReason, Time, Turn, TurnId, TurnState, Usage,
    transcript::Applied,
};
use std::collections::{BTreeMap, HashMap};

/// How many timeline entries are kept.
const TIMELINE_LIMIT: usize = 5_000;

/// What an event changed, for those who draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Messages came or went, or one changed its state.
    List,
    /// This part of this message.
    Part(MessageId, usize),
    /// Turns, approvals, activation, timeline or usage.
    Around,
    /// Something is missing: read everything again.
    Reread,
}

/// A project's conversation.
#[derive(Debug, Clone, Default)]
pub struct Chat {
    entries: BTreeMap<(TurnId, u8, MessageId), Entry>,
    keys: HashMap<MessageId, (TurnId, u8, MessageId)>,
    turns: BTreeMap<TurnId, Turn>,
    permissions: BTreeMap<PermissionId, Permission>,
    timeline: BTreeMap<Seq, timeline::Entry>,
    usage: HashMap<SessionId, Usage>,
    /// The latest activation.
    pub activation: Activation,
    /// The last number of the journal that was taken in.
    pub last_seq: Seq,
}

impl Chat {
    /// Takes a page of the transcript.
    pub fn read_messages(&mut self, messages: Vec<Message>) {
        for message in messages {
            let key = self.key(&message.turn_id, message.role, &message.id);
            match self.entries.get_mut(&key) {
                Some(entry) => entry.join(message),
                None => {
                    self.entries.insert(key, Entry::new(message));
                }
            }
        }
    }

    /// Keeps what was known from before the oldest message that was read of a session. Only where that was known too:
    /// else something in between may be missing. True if it was.
    pub fn keep_older(&mut self, known: &Self, session: &SessionId) -> bool {
        let first = self.oldest(session).map(|entry| entry.id.clone());
        let Some(first) = first.and_then(|id| known.keys.get(&id)) else { return false };
        for (key, entry) in known.entries.range(..first).filter(|(_, entry)| entry.session_id == *session) {
            self.keys.insert(entry.id.clone(), key.clone());
            self.entries.insert(key.clone(), entry.clone());
        }
        true
    }

    /// Takes turns that were read.
    pub fn read_turns(&mut self, turns: Vec<Turn>) {
        for turn in turns {
            self.turn(turn);
        }
    }

    /// Takes approvals that were read.
    pub fn read_permissions(&mut self, permissions: Vec<Permission>) {
        for permission in permissions {
            self.permission(permission);
        }
    }

    /// Takes events from before the transcript: they tell of the past, not of the chat. The last start may lie further
    /// back than what is told of the rest: `start` are its events.
    pub fn read_history(&mut self, events: &[Event], start: &[Event]) {
        for event in start {
            self.activation.apply(&event.body);
        }
        for event in events {
            self.note(event);
        }
    }

    /// Takes one event of the journal.
    pub fn apply(&mut self, event: Event) -> Vec<Change> {
        self.last_seq = self.last_seq.max(event.seq);
        let mut changes = Vec::new();
        if self.activation.apply(&event.body) | self.note(&event) {
            changes.push(Change::Around);
        }
        let at = event.at;
        match event.body {
            EventBody::TurnQueued { turn }
            | EventBody::TurnStarted { turn }
            | EventBody::TurnEnded { turn } => {
                self.turn_event(&turn, &mut changes);
            }
            EventBody::PermissionRequested { permission } => {
                let turn = permission.turn_id.clone();
                let body = EventBody::PermissionRequested { permission: permission.clone() };
                self.permission(permission);
                changes.push(Change::Around);
                changes.push(self.answer(&turn, MessageId::of_agent(&turn), Role::Assistant, &body, at));
            }
            EventBody::PermissionResolved { permission } => {
                self.permission(permission);
                changes.push(Change::Around);
            }
            EventBody::Usage { turn_id, usage } => {
                if let Some(session) =
                    turn_id.and_then(|id| self.turns.get(&id)).map(|turn| turn.session_id.clone())
                {
                    self.usage.insert(session, usage);
                    changes.push(Change::Around);
                }
            }
            ref body @ (EventBody::MessageDelta { ref turn_id, ref message_id, role, .. }
            | EventBody::MessageThought { ref turn_id, ref message_id, role, .. }) => {
                changes.push(self.answer(turn_id, message_id.clone(), role, body, at));
            }
            ref body @ (EventBody::ToolCall { ref turn_id, ref message_id, .. }
            | EventBody::ToolUpdate { ref turn_id, ref message_id, .. }) => {
                changes.push(self.answer(turn_id, message_id.clone(), Role::Assistant, body, at));
            }
            ref body @ EventBody::ToolOutput { ref turn_id, .. } => {
                changes.push(self.answer(turn_id, MessageId::of_agent(turn_id), Role::Assistant, body, at));
            }
            EventBody::Reset { .. } => changes.push(Change::Reread),
            _ => {}
        }
        changes
    }

    /// The messages of a session, in their order; waiting ones are not among them.
    pub fn messages(&self, session: &SessionId) -> impl Iterator<Item = &Entry> + use<'_> {
        let session = session.clone();
        self.entries.values().filter(move |e| e.session_id == session && e.state != MessageState::Queued)
    }

    /// Where a turn begins in the transcript, as far as that was read.
    pub fn first_of(&self, turn: &TurnId) -> Option<&Entry> {
        self.entries.values().find(|entry| entry.turn_id == *turn && entry.state != MessageState::Queued)
    }

    /// One message.
    pub fn message(&self, id: &MessageId) -> Option<&Entry> {
        self.entries.get(self.keys.get(id)?)
    }

    /// The oldest message of a session that is known: pages back begin before it.
    pub fn oldest(&self, session: &SessionId) -> Option<&Entry> {
        self.entries.values().find(|entry| entry.session_id == *session)
    }

    /// Why the newest message of a session failed, where it did.
    pub fn last_failure(&self, session: &SessionId) -> Option<&Failure> {
        let newest = self.entries.values().rev().find(|entry| entry.session_id == *session)?;
        newest.failure.as_ref()
    }

    /// The turns that wait in a session, the next one first.
    pub fn queued(&self, session: &SessionId) -> impl Iterator<Item = &Turn> + use<'_> {
        let session = session.clone();
        self.turns.values().filter(move |t| t.session_id == session && t.state == TurnState::Queued)
    }

    /// The turn that runs in a session.
    pub fn running(&self, session: &SessionId) -> Option<&Turn> {
        self.turns.values().find(|turn| turn.session_id == *session && turn.state == TurnState::Running)
    }

    /// How many turns have ended.
    pub fn ended(&self) -> usize {
        self.turns.values().filter(|turn| turn.state == TurnState::Ended).count()
    }

    /// One turn.
    pub fn turn_of(&self, id: &TurnId) -> Option<&Turn> {
        self.turns.get(id)
    }

    /// Approvals that wait, of every session, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = &Permission> {
        self.permissions.values().filter(|permission| permission.state == PermissionState::Pending)
    }

    /// Whether an approval of this tool call waits.
    pub fn asks(&self, call: &str) -> bool {
        self.pending().any(|permission| permission.tool_call.id == call)
    }

    /// The answer to the newest question about this tool call of a turn that runs: true where the call was allowed, false
    /// where it was rejected or nobody answered in time. None where none is known.
    pub fn leave(&self, call: &str) -> Option<bool> {
        let runs = |turn: &TurnId| self.turns.get(turn).is_some_and(|turn| turn.state == TurnState::Running);
        let asked = self.permissions.values().filter(|one| one.tool_call.id == call && runs(&one.turn_id));
        let newest = asked.max_by_key(|one| one.created_at)?;
        match newest.state {
            PermissionState::Expired => Some(false),
            PermissionState::Answered => {
                let chosen = newest.options.iter().find(|one| Some(&one.id) == newest.option_id.as_ref())?;
                match chosen.kind {
                    OptionKind::AllowOnce | OptionKind::AllowAlways => Some(true),
                    OptionKind::RejectOnce | OptionKind::RejectAlways => Some(false),
                    OptionKind::Other => None,
                }
            }
            PermissionState::Pending | PermissionState::Cancelled => None,
        }
    }

    /// Whether a session stands still because one of its approvals waits.
    pub fn held(&self, session: &SessionId) -> bool {
        self.pending().any(|permission| permission.session_id == *session)
    }

    /// One approval.
    pub fn permission_of(&self, id: &PermissionId) -> Option<&Permission> {
        self.permissions.get(id)
    }

    /// The session's tokens so far.
    pub fn usage(&self, session: &SessionId) -> Option<&Usage> {
        self.usage.get(session)
    }

    /// How much of the model's context a session has in use, and how much there is: as the last event, else the last
    /// turn says.
    pub fn context(&self, session: &SessionId) -> Option<(u64, u64)> {
        let turns = self.turns.values().rev().filter(|turn| turn.session_id == *session);
        let told = self.usage.get(session).into_iter().chain(turns.filter_map(|turn| turn.usage.as_ref()));
        told.map(|usage| (usage.context_used, usage.context_size)).find(|(_, size)| *size > 0)
    }

    /// The last message of a session that is not younger than this: what began then stands below it. None: it stands
    /// above all that is known.
    pub fn last_before(&self, session: &SessionId, at: Time) -> Option<&MessageId> {
        let before = |entry: &&Entry| entry.created_at <= at;
        self.messages(session).filter(before).last().map(|entry| &entry.id)
    }

    /// What happened, the newest first.
    pub fn timeline(&self) -> impl Iterator<Item = &timeline::Entry> {
        self.timeline.values().rev()
    }

    fn key(&mut self, turn: &TurnId, role: Role, id: &MessageId) -> (TurnId, u8, MessageId) {
        let place = match role {
            Role::User if *id == MessageId::of_user(turn) => 0,
            Role::User => 1,
            Role::Assistant => 2,
        };
        let key = (turn.clone(), place, id.clone());
        self.keys.entry(id.clone()).or_insert(key).clone()
    }

    fn note(&mut self, event: &Event) -> bool {
        let Some(entry) = timeline::entry(event) else { return false };
        self.timeline.insert(event.seq, entry);
        if self.timeline.len() > TIMELINE_LIMIT {
            self.timeline.pop_first();
        }
        true
    }

    /// Keeps the furthest state of a turn. True if it is news.
    fn turn(&mut self, turn: Turn) -> bool {
        match self.turns.get(&turn.id) {
            Some(known) if rank(known.state) > rank(turn.state) => false,
            _ => {
                self.turns.insert(turn.id.clone(), turn);
                true
            }
        }
    }

    fn turn_event(&mut self, turn: &Turn, changes: &mut Vec<Change>) {
        if !self.turn(turn.clone()) {
            return;
        }
        changes.extend([Change::List, Change::Around]);
        let taken_back = turn.state == TurnState::Ended && turn.started_at.is_none();
        let user = MessageId::of_user(&turn.id);
        let state = match turn.state {
            TurnState::Queued => MessageState::Queued,
            // A waiting message that was taken back was never said.
            TurnState::Ended if taken_back && turn.stop_reason == Some(StopReason::Cancelled) => {
                self.forget(&user);
                return;
            }
            TurnState::Ended if taken_back => ended(turn.stop_reason),
            _ => MessageState::Complete,
        };
        // What was added to a turn too late is this message now.
        if let Some(added) = added_before(&turn.id) {
            self.forget(&added);
        }
        let failure = turn.failure.clone();
        let key = self.key(&turn.id, Role::User, &user);
        let entry = self.entries.entry(key).or_insert_with(|| Entry::prompt(turn, state));
        entry.prompt_is(&turn.prompt);
        entry.advance(state, if taken_back { failure.clone() } else { None });
        if turn.state == TurnState::Queued || taken_back {
            return;
        }
        let agent = MessageId::of_agent(&turn.id);
        let key = self.key(&turn.id, Role::Assistant, &agent);
        let entry = self.entries.entry(key).or_insert_with(|| Entry::answer(turn, agent));
        if turn.state == TurnState::Ended {
            entry.advance(ended(turn.stop_reason), failure);
            entry.ends(turn.stop_reason, turn.ended_at, turn.usage.clone());
            entry.close(turn.ended_at.unwrap_or(turn.created_at));
            // Only the transcript tells whether the agent had what was added to a turn that did not end well.
            let added = self.entries.keys().any(|(of, place, _)| *of == turn.id && *place == 1);
            if added && ended(turn.stop_reason) != MessageState::Complete {
                changes.push(Change::Reread);
            }
        }
    }

    fn forget(&mut self, id: &MessageId) {
        if let Some(key) = self.keys.remove(id) {
            self.entries.remove(&key);
        }
    }

    fn permission(&mut self, permission: Permission) {
        let known = self.permissions.get(&permission.id);
        if known.is_none_or(|known| known.state == PermissionState::Pending) {
            self.permissions.insert(permission.id.clone(), permission);
        }
    }

    fn answer(&mut self, turn: &TurnId, id: MessageId, role: Role, body: &EventBody, at: Time) -> Change {
        let key = self.key(turn, role, &id);
        let added = said_by_agent(role, body);
        let body = added.as_ref().unwrap_or(body);
        if !self.entries.contains_key(&key) {
            // Its turn is not known here: the page came in the middle of it.
            let Some(turn) = self.turns.get(turn) else { return Change::Reread };
            let mut entry = Entry::answer(turn, id.clone());
            if role == Role::User {
                entry = Entry::added(turn, id.clone());
            }
            entry.created_at = at;
            self.entries.insert(key.clone(), entry);
            let _ = self.entries.get_mut(&key).map(|entry| entry.apply(body));
            return Change::List;
        }
        match self.entries.get_mut(&key).map(|entry| entry.apply(body)) {
            Some(Applied::Part(part)) => Change::Part(id, part),
            Some(Applied::Gap) => Change::Reread,
            _ => Change::Around,
        }
    }
}

/// The message that this turn was, if it was to be added to another turn and came too late.
fn added_before(turn: &TurnId) -> Option<MessageId> {
    let (before, ordinal) = turn.as_str().rsplit_once("-n")?;
    MessageId::parse(&format!("{before}-s{ordinal}")).ok()
}

/// What a person adds to a running turn is a message of its own, but grows as an answer does: by offset.
fn said_by_agent(role: Role, body: &EventBody) -> Option<EventBody> {
    let mut body = (role == Role::User).then(|| body.clone())?;
    if let EventBody::MessageDelta { role, .. } = &mut body {
        *role = Role::Assistant;
    }
    Some(body)
}

const fn rank(state: TurnState) -> u8 {
    match state {
        TurnState::Queued => 0,
        TurnState::Running => 1,
        TurnState::Ended => 2,
    }
}

const fn ended(stop: Option<StopReason>) -> MessageState {
    match stop {
        Some(StopReason::Cancelled) => MessageState::Cancelled,
        Some(StopReason::Interrupted) => MessageState::Interrupted,
        Some(StopReason::Failed) => MessageState::Failed,
        _ => MessageState::Complete,
    }
}
