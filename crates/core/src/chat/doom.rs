//! Deleted conversations: out of sight at once, and kept in the record until their turns are erased and the agent has
//! forgotten them, whatever happens in between.

use super::end_turn;
use crate::{
    draft::Draft,
    port::{AgentCommand, PermissionChoice},
    record::{Doomed, DoomedRun, ProjectRecord, TurnStage},
};
use gaggle_shared::{PermissionId, SessionId, StopReason, TurnId};
use serde_json::Value;

/// Deletes a conversation: its turns end, and it is listed until nothing of it is left.
pub(crate) fn doom(draft: &mut Draft<'_>, id: &SessionId) {
    let Some(agent_session) = draft.record.session(id).map(|session| session.agent_session.clone()) else {
        return;
    };
    let (incarnation, start) = (draft.record.link.cursor.incarnation, draft.record.link.agent_start);
    let turns: Vec<_> = draft.record.turns.iter().filter(|turn| turn.session == *id).cloned().collect();
    let mut runs = Vec::new();
    for turn in turns {
        let begun = matches!(turn.stage, TurnStage::Running { .. } | TurnStage::Sent { .. });
        if let Some(start) = start.filter(|_| begun) {
            let asked = turn.permissions.iter();
            let questions = asked.map(|one| (one.permission.id.clone(), one.request.clone())).collect();
            runs.push(DoomedRun { turn: turn.id.clone(), incarnation, start, questions });
        }
        end_turn(draft, &turn.id, StopReason::Cancelled, None);
    }
    draft.record.doomed.push(Doomed { session: Some(id.clone()), agent_session, runs });
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

/// What the agent should be told: to end what it works on there, then to forget it.
pub(super) fn commands(record: &ProjectRecord, commands: &mut Vec<AgentCommand>) {
    let Some(start) = record.link.agent_start else { return };
    for doomed in &record.doomed {
        let Some(agent_session) = doomed.agent_session.clone() else { continue };
        let mut runs = doomed.live_runs(&record.link).peekable();
        if runs.peek().is_none() {
            commands.push(AgentCommand::DeleteSession { agent_session: agent_session.clone(), start });
        }
        for DoomedRun { turn, questions, .. } in runs {
            commands.extend(questions.iter().map(|(permission, request)| AgentCommand::Answer {
                turn: turn.clone(),
                permission: permission.clone(),
                request: request.clone(),
                choice: PermissionChoice::Cancelled,
            }));
            let (turn, agent_session) = (turn.clone(), agent_session.clone());
            commands.push(AgentCommand::Cancel { turn, agent_session });
        }
    }
}

/// While the agent is to forget a conversation none is made: it may give the id of the one to the other.
pub(super) fn forgets(record: &ProjectRecord) -> bool {
    let told = |one: &Doomed| one.agent_session.is_some() && one.live_runs(&record.link).next().is_none();
    record.doomed.iter().any(told)
}

/// The agent asks something in a deleted conversation: it gets the same answer as all it asks there.
pub(super) fn asks(draft: &mut Draft<'_>, agent_session: &str, request: &Value) -> bool {
    let theirs = |one: &&mut Doomed| one.agent_session.as_deref() == Some(agent_session);
    let run = draft.record.doomed.iter_mut().find(theirs).and_then(|one| one.runs.last_mut());
    let Some(run) = run else { return false };
    let permission = PermissionId::of_turn(&run.turn, run.questions.len() as u32);
    run.questions.push((permission, request.clone()));
    true
}

/// The agent works on this turn no more.
pub(super) fn run_over(draft: &mut Draft<'_>, turn: &TurnId) {
    draft.record.doomed.iter_mut().for_each(|one| one.runs.retain(|run| run.turn != *turn));
}

/// The agent has made a conversation that nobody needs any more.
pub(super) fn unused(draft: &mut Draft<'_>, agent_session: String) {
    let ours = draft.record.sessions.iter().any(|one| one.agent_session.as_ref() == Some(&agent_session));
    let known = draft.record.doomed.iter().any(|one| one.agent_session.as_ref() == Some(&agent_session));
    if !ours && !known {
        draft.record.doomed.push(Doomed { agent_session: Some(agent_session), ..Doomed::default() });
    }
}

/// The agent has no conversation of this id any more, or gives the id to another now.
pub(super) fn forgotten(draft: &mut Draft<'_>, agent_session: &str) {
    let theirs = |one: &&mut Doomed| one.agent_session.as_deref() == Some(agent_session);
    for one in draft.record.doomed.iter_mut().filter(theirs) {
        one.agent_session = None;
        one.runs.clear();
    }
    tidy(draft);
}

fn tidy(draft: &mut Draft<'_>) {
    draft.record.doomed.retain(|one| !one.is_gone());
}
