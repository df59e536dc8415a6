//! What people add to a turn while it runs. It was acknowledged, so it is never lost: the agent takes it, or it becomes
//! the next message, or it ends visibly with its turn.

use super::turns::{Said, fits, running_in, turn_view, waiting};
use crate::{
    draft::Draft,
    error::Error,
    record::{LiveTurn, Steer, SteerState, TurnStage},
};
use gaggle_shared::{
    Code, DesiredState, EventBody, Failure, MessageId, Role, SessionId, StopReason, Time, TurnId,
};
use sha2::{Digest, Sha256};

/// A turn's id leaves so much room for those of its messages and approvals.
const LONGEST_ID: usize = 35;

/// Adds to a running turn.
pub(crate) fn steer(draft: &mut Draft<'_>, session: &SessionId, text: String) -> Result<TurnId, Error> {
    let (now, limit) = (draft.now, draft.config.queue);
    running_in(draft, session)?;
    fits(&draft.record, text.len())?;
    let turn = running_in(draft, session)?;
    if turn.stopping.is_some() {
        return Err(Error::new(Code::NoRunningTurn, "the turn is being stopped").hint("send it as a message"));
    }
    if turn.waiting_steers().count() >= limit {
        return Err(Error::new(Code::TurnQueueFull, "too much was added to this turn already")
            .hint("wait until the agent has taken it, or for the end of the turn"));
    }
    let ordinal = turn.steers.len();
    turn.steers.push(Steer { text: text.clone(), at: now, state: SteerState::Waiting });
    let id = turn.id.clone();
    draft.emit(EventBody::MessageDelta {
        turn_id: id.clone(),
        message_id: steer_message(&id, ordinal),
        role: Role::User,
        part: 0,
        offset: 0,
        text,
    });
    Ok(id)
}

/// The message that added to a turn.
pub(crate) fn steer_message(turn: &TurnId, ordinal: usize) -> MessageId {
    let id = format!("{turn}-s{ordinal}");
    MessageId::parse(&id).unwrap_or_else(|_| MessageId::of_user(turn))
}

/// The agent has it.
pub(super) fn taken(draft: &mut Draft<'_>, id: &TurnId, ordinal: usize) {
    if let Some(steer) = waits(draft, id, ordinal) {
        steer.state = SteerState::Taken;
    }
}

/// The agent did not take it: its turn was over, or was about to be.
pub(super) fn too_late(draft: &mut Draft<'_>, id: &TurnId, ordinal: usize) {
    let stopping = draft.record.turns.iter().find(|turn| turn.id == *id).and_then(|turn| turn.stopping);
    match (stopping, waits(draft, id, ordinal)) {
        (Some(stop), Some(steer)) => steer.state = SteerState::Ended { stop, failure: None },
        (None, Some(_)) => become_next(draft, id, ordinal),
        (_, None) => {}
    }
}

/// What becomes of a turn's additions at its end. Where the agent ended it, those that were never sent become the next
/// messages; to those that were, its answer is still to come. Else they end with it: to run what belonged to a turn
/// that was stopped or has failed is for a person to say.
pub(super) fn turn_ended(draft: &mut Draft<'_>, id: &TurnId) {
    let Some(turn) = draft.record.turns.iter_mut().find(|turn| turn.id == *id) else { return };
    let TurnStage::Ended { stop, failure, .. } = &turn.stage else { return };
    use StopReason::{EndTurn, MaxTokens, MaxTurnRequests, Refusal};
    if turn.stopping.is_some() || !matches!(stop, EndTurn | MaxTokens | MaxTurnRequests | Refusal) {
        let ended = SteerState::Ended { stop: turn.stopping.unwrap_or(*stop), failure: failure.clone() };
        let waiting = turn.steers.iter_mut().filter(|steer| steer.state == SteerState::Waiting);
        waiting.for_each(|steer| steer.state = ended.clone());
    } else if turn.run.is_none() {
        for ordinal in turn.waiting_steers().collect::<Vec<_>>() {
            become_next(draft, id, ordinal);
        }
    }
}

/// Ends what was added to turns that are over and never answered.
pub(crate) fn end(draft: &mut Draft<'_>, stop: StopReason, failure: Option<&Failure>) {
    let over = draft.record.turns.iter_mut().filter(|turn| matches!(turn.stage, TurnStage::Ended { .. }));
    let all = over.flat_map(|turn| &mut turn.steers);
    for steer in all.filter(|steer| steer.state == SteerState::Waiting) {
        steer.state = SteerState::Ended { stop, failure: failure.cloned() };
    }
}

/// Ends what was added to turns of a conversation that is deleted.
pub(super) fn end_in(draft: &mut Draft<'_>, session: &SessionId) {
    let turns = draft.record.turns.iter_mut().filter(|turn| turn.session == *session);
    let waiting = turns.flat_map(|turn| &mut turn.steers).filter(|steer| steer.state == SteerState::Waiting);
    waiting.for_each(|steer| steer.state = SteerState::Ended { stop: StopReason::Cancelled, failure: None });
}

/// It becomes the next message of its conversation, before all that waits there, however many those are: it was
/// acknowledged.
fn become_next(draft: &mut Draft<'_>, id: &TurnId, ordinal: usize) {
    let next = next_turn(id, ordinal, draft.now);
    let Some(turn) = draft.record.turns.iter_mut().find(|turn| turn.id == *id) else { return };
    let Some(steer) = turn.steers.get_mut(ordinal) else { return };
    steer.state = SteerState::Moved { turn: next.clone() };
    let said = Said { text: steer.text.clone(), attachments: Vec::new() };
    let session = turn.session.clone();
    let moved: Vec<_> = turn.steers.iter().filter_map(|steer| moved_to(steer).cloned()).collect();
    let first = |turn: &LiveTurn| {
        turn.session == session && (turn.stage != TurnStage::Queued || moved.contains(&turn.id))
    };
    let place = draft.record.turns.iter().rposition(first).map_or(0, |at| at + 1);
    let turn = waiting(draft, next, &session, said, None);
    draft.emit(EventBody::TurnQueued { turn: turn_view(&turn, None) });
    draft.record.turns.insert(place, turn);
    draft.record.last_activity_at = draft.now;
    if draft.record.desired != DesiredState::Deleted {
        draft.wish_active();
    }
}

fn moved_to(steer: &Steer) -> Option<&TurnId> {
    match &steer.state {
        SteerState::Moved { turn } => Some(turn),
        _ => None,
    }
}

/// The id of the turn that an addition becomes: a function of what it was. It sorts after the turn it was meant for;
/// what was put off again and again gets an id of the usual length.
fn next_turn(id: &TurnId, ordinal: usize, now: Time) -> TurnId {
    let name = format!("{id}-n{ordinal}");
    let short = (name.len() <= LONGEST_ID).then(|| TurnId::parse(&name).ok()).flatten();
    short.unwrap_or_else(|| {
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&Sha256::digest(&name)[..10]);
        TurnId::new(now, bytes)
    })
}

fn waits<'a>(draft: &'a mut Draft<'_>, id: &TurnId, ordinal: usize) -> Option<&'a mut Steer> {
    let turn = draft.record.turns.iter_mut().find(|turn| turn.id == *id)?;
    turn.steers.get_mut(ordinal).filter(|steer| steer.state == SteerState::Waiting)
}
