//! Turns that are over here, though the agent may still be at work on them: it is stopped, and heard to have stopped.

use crate::{
    draft::Draft,
    port::{AgentCommand, PermissionChoice},
    record::{Abandoned, LiveTurn, ProjectRecord, TurnStage},
};
use gaggle_shared::{PermissionId, TurnId};
use serde_json::Value;

/// Has the agent stop what it does for this turn, which ends here now.
pub(super) fn abandon(draft: &mut Draft<'_>, turn: &LiveTurn) {
    let agent_session = match &turn.stage {
        TurnStage::Running { agent_session, .. } => Some(agent_session.clone()),
        TurnStage::Sent { .. } => {
            draft.record.session(&turn.session).and_then(|session| session.agent_session.clone())
        }
        TurnStage::Queued | TurnStage::Ended { .. } => None,
    };
    let (incarnation, start) = (draft.record.link.cursor.incarnation, draft.record.link.agent_start);
    if let (Some(agent_session), Some(start)) = (agent_session, start) {
        let asked = turn.permissions.iter();
        let questions = asked.map(|one| (one.permission.id.clone(), one.request.clone())).collect();
        let turn = turn.id.clone();
        draft.record.abandoned.push(Abandoned { turn, agent_session, incarnation, start, questions });
    }
}

/// True while the agent has not stopped what it shall stop in this session.
pub(super) fn is_busy(record: &ProjectRecord, agent_session: &str) -> bool {
    live(record).any(|one| one.agent_session == agent_session)
}

/// What the agent should be told: that nobody answers what it asks, then to stop.
pub(super) fn commands(record: &ProjectRecord, commands: &mut Vec<AgentCommand>) {
    for Abandoned { turn, agent_session, questions, .. } in live(record) {
        commands.extend(questions.iter().map(|(permission, request)| AgentCommand::Answer {
            turn: turn.clone(),
            permission: permission.clone(),
            request: request.clone(),
            choice: PermissionChoice::Cancelled,
        }));
        commands.push(AgentCommand::Cancel { turn: turn.clone(), agent_session: agent_session.clone() });
    }
}

/// The agent asks something of such a turn: it gets the same answer as to all it has asked there. False: it is none.
pub(super) fn asks(draft: &mut Draft<'_>, agent_session: &str, request: &Value) -> bool {
    let theirs = |one: &&mut Abandoned| one.agent_session == agent_session;
    let Some(run) = draft.record.abandoned.iter_mut().rfind(theirs) else { return false };
    let permission = PermissionId::of_turn(&run.turn, run.questions.len() as u32);
    run.questions.push((permission, request.clone()));
    true
}

/// The agent works on this turn no more.
pub(super) fn stopped(draft: &mut Draft<'_>, turn: &TurnId) {
    draft.record.abandoned.retain(|one| one.turn != *turn);
}

fn live(record: &ProjectRecord) -> impl Iterator<Item = &Abandoned> {
    record.abandoned.iter().filter(|one| one.is_live(&record.link))
}
