//! Deleted conversations: out of sight at once, and kept in the record until their turns are erased and the agent has
//! forgotten them, whatever happens in between.

use super::{abandon, end_turn};
use crate::{
    draft::Draft,
    port::{AgentAnswer, AgentCommand, AgentError},
    record::{Doomed, Listing, ProjectRecord},
};
use gaggle_shared::{SessionId, StopReason};

/// So many pages of an agent's list are read at a start.
const PAGES: u32 = 20;

/// Deletes a conversation: its turns end, and it is listed until nothing of it is left.
pub(crate) fn doom(draft: &mut Draft<'_>, id: &SessionId) {
    let Some(agent_session) = draft.record.session(id).map(|session| session.agent_session.clone()) else {
        return;
    };
    let turns: Vec<_> = draft.record.turns.iter().filter(|turn| turn.session == *id).cloned().collect();
    for turn in turns {
        abandon::abandon(draft, &turn);
        end_turn(draft, &turn.id, StopReason::Cancelled, None);
    }
    super::steers::end_in(draft, id);
    draft.record.doomed.push(Doomed { session: Some(id.clone()), agent_session });
    draft.record.sessions.retain(|one| one.id != *id);
}

/// True until the turns of a deleted conversation are erased.
pub(crate) fn is_doomed(record: &ProjectRecord, id: &SessionId) -> bool {
    record.doomed.iter().any(|one| one.session.as_ref() == Some(id))
}

/// The deleted conversations whose turns can be erased: none of them is on its way to its place any more.
pub(crate) fn erasable(record: &ProjectRecord) -> impl Iterator<Item = &SessionId> {
    let moves = |id: &SessionId| record.turns.iter().any(|turn| turn.session == *id);
    record.doomed.iter().filter_map(|one| one.session.as_ref()).filter(move |id| !moves(id))
}

/// Its turns are erased.
pub(crate) fn erased(draft: &mut Draft<'_>, id: &SessionId) {
    for one in draft.record.doomed.iter_mut().filter(|one| one.session.as_ref() == Some(id)) {
        one.session = None;
    }
    tidy(draft);
}

/// What the agent should be told: to forget what it does not work on any more.
pub(super) fn commands(record: &ProjectRecord, commands: &mut Vec<AgentCommand>) {
    let Some(start) = record.link.agent_start else { return };
    let forget = |agent_session: String| AgentCommand::DeleteSession { agent_session, start };
    commands.extend(quiet(record).cloned().map(forget));
}

/// After a start the agent says what it has, once it has been told all else.
pub(super) fn list(record: &ProjectRecord, commands: &mut Vec<AgentCommand>) {
    if let (Some(start), Some(Listing { page, cursor })) = (record.link.agent_start, &record.link.listing) {
        commands.push(AgentCommand::ListSessions { start, page: *page, cursor: cursor.clone() });
    }
}

/// While the agent is to forget a conversation none is made: it may give the id of the one to the other.
pub(super) fn forgets(record: &ProjectRecord) -> bool {
    quiet(record).next().is_some()
}

/// The agent has said which conversations it has: those that no record knows are of no use to anybody. (One that was
/// made just now is not told: it is empty.)
pub(super) fn listed(draft: &mut Draft<'_>, command: &str, outcome: Result<AgentAnswer, AgentError>) {
    let (start, asked) = (draft.record.link.agent_start, draft.record.link.listing.take());
    let Some(page) = asked.as_ref().map(|asked| asked.page) else { return };
    if start.map(|start| format!("list:{start}:{page}")).as_deref() != Some(command) {
        draft.record.link.listing = asked;
        return;
    }
    // An agent that cannot list keeps what it has.
    let Ok(AgentAnswer::Sessions { sessions, next }) = outcome else { return };
    sessions.into_iter().for_each(|session| unused(draft, session));
    draft.record.link.listing =
        next.filter(|_| page + 1 < PAGES).map(|next| Listing { page: page + 1, cursor: Some(next) });
}

/// The agent has made a conversation that nobody needs any more.
pub(super) fn unused(draft: &mut Draft<'_>, agent_session: String) {
    let ours = draft.record.sessions.iter().any(|one| one.agent_session.as_ref() == Some(&agent_session));
    let known = draft.record.doomed.iter().any(|one| one.agent_session.as_ref() == Some(&agent_session));
    if !ours && !known {
        draft.record.doomed.push(Doomed { session: None, agent_session: Some(agent_session) });
    }
}

/// The agent has no conversation of this id any more, or gives the id to another now.
pub(super) fn forgotten(draft: &mut Draft<'_>, agent_session: &str) {
    let theirs = |one: &&mut Doomed| one.agent_session.as_deref() == Some(agent_session);
    draft.record.doomed.iter_mut().filter(theirs).for_each(|one| one.agent_session = None);
    tidy(draft);
}

/// The agent's ids of deleted conversations in which nothing runs.
fn quiet(record: &ProjectRecord) -> impl Iterator<Item = &String> {
    let all = record.doomed.iter().filter_map(|one| one.agent_session.as_ref());
    all.filter(|agent_session| !abandon::is_busy(record, agent_session))
}

fn tidy(draft: &mut Draft<'_>) {
    draft.record.doomed.retain(|one| !one.is_gone());
}
