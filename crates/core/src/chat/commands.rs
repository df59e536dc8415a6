//! What the agent shall be told: a function of the record, asked after every change. Sending one again is harmless.

use super::turns::{choice, wanted_mode, wanted_model};
use crate::{
    port::AgentCommand,
    record::{LiveTurn, PhaseState, ProjectRecord, Ready, SessionRecord, TurnStage},
    service::Config,
};
use gaggle_shared::DesiredState;

/// The indices of the turns that come next in sessions where none is under way; none while the agent cannot work, or not
/// for long.
pub(super) fn heads(record: &ProjectRecord) -> Option<Vec<usize>> {
    let works = record.desired == DesiredState::Active
        && matches!(record.phase, PhaseState::Active { .. })
        && record.link.agent_start.is_some()
        && !record.link.ending;
    works.then(|| {
        let mut seen = Vec::new();
        let mut heads = Vec::new();
        for (index, turn) in record.turns.iter().enumerate() {
            if matches!(turn.stage, TurnStage::Ended { .. }) || seen.contains(&&turn.session) {
                continue;
            }
            seen.push(&turn.session);
            let theirs = record.session(&turn.session).and_then(|session| session.agent_session.as_deref());
            let busy = theirs.is_some_and(|theirs| super::abandon::is_busy(record, theirs));
            if turn.stage == TurnStage::Queued && !busy {
                heads.push(index);
            }
        }
        heads
    })
}

/// The session as the running agent has it at hand.
pub(super) fn ready(record: &ProjectRecord, session: &SessionRecord) -> Option<Ready> {
    let start = record.link.agent_start?;
    session.ready.filter(|ready| ready.incarnation == record.link.cursor.incarnation && ready.start == start)
}

/// All that the agent should be told now.
pub(crate) fn wanted_commands(record: &ProjectRecord, config: &Config) -> Vec<AgentCommand> {
    let mut commands = Vec::new();
    super::abandon::commands(record, &mut commands);
    super::doom::commands(record, &mut commands);
    if let (Some(heads), Some(start)) = (heads(record), record.link.agent_start) {
        commands
            .extend(heads.into_iter().filter_map(|head| prepare(record, config, &record.turns[head], start)));
    }
    for turn in &record.turns {
        match &turn.stage {
            TurnStage::Sent { .. } => {
                let session = record.session(&turn.session).and_then(|session| session.agent_session.clone());
                if let Some((agent_session, start)) = session.zip(record.link.agent_start) {
                    let (id, text, attachments) =
                        (turn.id.clone(), turn.prompt.clone(), turn.attachments.clone());
                    commands.push(AgentCommand::Prompt { turn: id, agent_session, text, attachments, start });
                }
            }
            TurnStage::Running { agent_session, .. } => running(turn, agent_session, &mut commands),
            // What was added just before the end was on its way: the agent says whether it took it.
            TurnStage::Ended { .. } if record.link.agent_start.is_some() => {
                let session =
                    record.session(&turn.session).and_then(|session| session.agent_session.as_ref());
                session.into_iter().for_each(|session| steers(turn, session, &mut commands));
            }
            TurnStage::Queued | TurnStage::Ended { .. } => {}
        }
    }
    super::doom::list(record, &mut commands);
    commands
}

/// What must happen in the agent before this turn can be sent.
fn prepare(record: &ProjectRecord, config: &Config, turn: &LiveTurn, start: u64) -> Option<AgentCommand> {
    let session = record.session(&turn.session)?;
    let id = turn.id.clone();
    let Some(agent_session) = session.agent_session.clone() else {
        let free = !super::doom::forgets(record);
        return free.then_some(AgentCommand::NewSession { turn: id, start });
    };
    let Some(ready) = ready(record, session) else {
        return Some(AgentCommand::LoadSession { turn: id, agent_session, start });
    };
    let mode = wanted_mode(record, config, turn);
    let wish = session.wish;
    if ready.mode != Some(mode) {
        return Some(AgentCommand::SetMode { turn: id, agent_session, mode, start, wish });
    }
    let model = wanted_model(record, config, session)?;
    Some(AgentCommand::SetModel { turn: id, agent_session, model, start, wish })
}

fn running(turn: &LiveTurn, agent_session: &str, commands: &mut Vec<AgentCommand>) {
    for asking in &turn.permissions {
        if let Some(choice) = choice(&asking.permission) {
            let (permission, request) = (asking.permission.id.clone(), asking.request.clone());
            commands.push(AgentCommand::Answer { turn: turn.id.clone(), permission, request, choice });
        }
    }
    if turn.stopping.is_some() {
        commands.push(AgentCommand::Cancel { turn: turn.id.clone(), agent_session: agent_session.into() });
        return;
    }
    steers(turn, agent_session, commands);
}

/// What was added to a turn and not answered, once its run is known.
fn steers(turn: &LiveTurn, agent_session: &str, commands: &mut Vec<AgentCommand>) {
    let Some(run) = &turn.run else { return };
    commands.extend(turn.waiting_steers().map(|ordinal| AgentCommand::Steer {
        turn: turn.id.clone(),
        ordinal: ordinal as u32,
        agent_session: agent_session.into(),
        run: run.clone(),
        text: turn.steers[ordinal].text.clone(),
    }));
}
