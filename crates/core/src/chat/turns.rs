//! What people do to turns.

use crate::{
    draft::Draft,
    error::Error,
    lifecycle::after,
    port::PermissionChoice,
    record::{LiveTurn, ProjectRecord, SessionRecord, TurnStage},
    service::Config,
};
use gaggle_shared::{
    Attachment, Code, Cost, EventBody, Failure, Mode, OptionKind, Permission, PermissionId, PermissionState,
    SessionId, StopReason, Turn, TurnId, TurnState, transcript::Answer,
};

/// So many bytes the messages of a project that run or wait may have, with what is attached.
const LIVE_BYTES: usize = 4 * 1024 * 1024;

/// What a person says.
#[derive(Debug)]
pub(crate) struct Said {
    /// The words.
    pub(crate) text: String,
    /// What comes with them.
    pub(crate) attachments: Vec<Attachment>,
}

/// Puts a message into its session's queue.
pub(crate) fn queue(
    draft: &mut Draft<'_>,
    id: TurnId,
    session: &SessionId,
    said: Said,
    mode: Option<Mode>,
) -> Result<(), Error> {
    let Said { text, attachments } = said;
    let waits = |turn: &&LiveTurn| turn.stage == TurnStage::Queued && turn.session == *session;
    let (count, limit) = (draft.record.turns.iter().filter(waits).count(), draft.config.queue);
    if count >= limit {
        let said = format!("{count} messages wait in this session already");
        return Err(Error::new(Code::TurnQueueFull, said)
            .hint(format!("at most {limit} may wait; take one back or wait for the running turn")));
    }
    fits(&draft.record, text.len() + weight(&attachments))?;
    let turn = waiting(draft, id, session, Said { text, attachments }, mode);
    let now = draft.now;
    draft.record.last_activity_at = now;
    if let Some(session) = session_mut(draft, session) {
        session.last_activity_at = now;
        let new = mode.or(session.mode);
        session.wish += u32::from(new != session.mode);
        session.mode = new;
    }
    draft.emit(EventBody::TurnQueued { turn: turn_view(&turn, None) });
    draft.record.turns.push(turn);
    Ok(())
}

/// Refuses so many bytes more of what people say to the turns that run and wait, if that is too much: it stands in the
/// record, and a record has to fit into a store's one document.
pub(super) fn fits(record: &ProjectRecord, more: usize) -> Result<(), Error> {
    let said = |turn: &LiveTurn| {
        let added: usize = turn.steers.iter().map(|steer| steer.text.len()).sum();
        let comments = turn.permissions.iter().filter_map(|asking| asking.permission.comment.as_ref());
        turn.prompt.len() + weight(&turn.attachments) + added + comments.map(String::len).sum::<usize>()
    };
    if record.turns.iter().map(said).sum::<usize>() + more <= LIVE_BYTES {
        return Ok(());
    }
    let mib = LIVE_BYTES / (1024 * 1024);
    Err(Error::new(Code::TurnQueueFull, "too much runs and waits in this project already").hint(format!(
        "its messages with what is attached and added may be {mib} MiB together; wait for one to end"
    )))
}

fn weight(attachments: &[Attachment]) -> usize {
    attachments.iter().map(Attachment::weight).sum()
}

/// Changes the text of a waiting message.
pub(crate) fn edit(draft: &mut Draft<'_>, id: &TurnId, text: String) -> Result<(), Error> {
    let waiting = |turn: &LiveTurn| turn.id == *id && turn.stage == TurnStage::Queued;
    let at = draft.record.turns.iter().position(waiting).ok_or_else(started)?;
    fits(&draft.record, text.len().saturating_sub(draft.record.turns[at].prompt.len()))?;
    draft.record.turns[at].prompt = text;
    let turn = turn_view(&draft.record.turns[at], None);
    draft.emit(EventBody::TurnQueued { turn });
    Ok(())
}

/// It does not wait any more.
pub(crate) fn started() -> Error {
    Error::new(Code::TurnStarted, "the turn has started").hint("cancel it, or add to it with steer")
}

/// A turn that waits.
pub(super) fn waiting(
    draft: &Draft<'_>,
    id: TurnId,
    session: &SessionId,
    said: Said,
    mode: Option<Mode>,
) -> LiveTurn {
    LiveTurn {
        id,
        session: session.clone(),
        prompt: said.text,
        attachments: said.attachments,
        mode,
        created_at: draft.now,
        stage: TurnStage::Queued,
        stopping: None,
        steers: Vec::new(),
        run: None,
        model_failed: None,
        usage: None,
        told: None,
        permissions: Vec::new(),
    }
}

/// Decides which waiting turns go to the agent: the first of each session where none is under way and the agent has
/// the session at hand in the right mode.
pub(crate) fn advance(draft: &mut Draft<'_>) {
    let Some(heads) = super::commands::heads(&draft.record) else { return };
    for head in heads {
        let turn = &draft.record.turns[head];
        let ready = draft.record.session(&turn.session).and_then(|session| {
            let ready = super::commands::ready(&draft.record, session)?;
            let mode = ready.mode == Some(wanted_mode(&draft.record, &draft.config, turn));
            (mode && wanted_model(&draft.record, &draft.config, session).is_none()).then_some(ready)
        });
        if let Some(ready) = ready {
            draft.record.turns[head].stage =
                TurnStage::Sent { at: draft.now, incarnation: ready.incarnation };
        }
    }
}

/// The mode that a turn runs in.
pub(crate) fn wanted_mode(record: &ProjectRecord, config: &Config, turn: &LiveTurn) -> Mode {
    let session = record.session(&turn.session).and_then(|session| session.mode);
    turn.mode.or(session).or(record.settings.mode).unwrap_or(config.mode)
}

/// The model that a session must get before its next turn; none: it has the right one.
pub(crate) fn wanted_model(
    record: &ProjectRecord,
    config: &Config,
    session: &SessionRecord,
) -> Option<String> {
    let has = session.offers.as_ref().and_then(|offers| offers.model.as_deref());
    let wanted = match &session.model {
        Some(model) => Some(model.clone()),
        // A wish that was taken back: what the session began with.
        None if session.wish > 0 && has.is_some() => {
            let settings = record.applied.as_ref().unwrap_or(&record.settings);
            settings.model.clone().or_else(|| config.model.clone())
        }
        None => None,
    };
    wanted.filter(|wanted| has != Some(wanted))
}

/// The running turn of a session.
pub(crate) fn running_in<'a>(
    draft: &'a mut Draft<'_>,
    session: &SessionId,
) -> Result<&'a mut LiveTurn, Error> {
    let running = |turn: &LiveTurn| matches!(turn.stage, TurnStage::Sent { .. } | TurnStage::Running { .. });
    draft
        .record
        .turns
        .iter_mut()
        .find(|turn| turn.session == *session && running(turn))
        .ok_or_else(|| Error::new(Code::NoRunningTurn, "no turn is running in this session"))
}

/// Has a turn stopped, to count as this if it does. What it asks is not asked any more: the agent waits for an answer
/// before it heeds a cancel (ACP: a client that cancels answers pending questions as `cancelled`).
pub(crate) fn stop(draft: &mut Draft<'_>, id: &TurnId, stop: StopReason) {
    let Some(turn) = draft.record.turns.iter_mut().find(|turn| turn.id == *id) else { return };
    turn.stopping.get_or_insert(stop);
    for permission in withdraw(turn) {
        draft.emit(EventBody::PermissionResolved { permission });
    }
}

/// Takes back what a turn asks.
fn withdraw(turn: &mut LiveTurn) -> Vec<Permission> {
    let pending =
        turn.permissions.iter_mut().filter(|asking| asking.permission.state == PermissionState::Pending);
    let withdrawn = pending.map(|asking| {
        asking.permission.state = PermissionState::Cancelled;
        asking.permission.clone()
    });
    withdrawn.collect()
}

/// Ends a turn; nothing if it is over.
pub(crate) fn end_turn(draft: &mut Draft<'_>, id: &TurnId, stop: StopReason, failure: Option<Failure>) {
    let (now, next) = (draft.now, draft.next_seq());
    let Some(index) = draft.record.turns.iter().position(|turn| turn.id == *id) else { return };
    let turn = &mut draft.record.turns[index];
    let (started_at, first_seq) = match &turn.stage {
        TurnStage::Ended { .. } => return,
        TurnStage::Running { at, first_seq, .. } => (Some(*at), Some(*first_seq)),
        TurnStage::Queued | TurnStage::Sent { .. } => (None, None),
    };
    settle_usage(&mut draft.record.sessions, turn);
    let resolved = withdraw(turn);
    let last_seq = next + resolved.len() as u64;
    turn.stage = TurnStage::Ended { started_at, at: now, stop, failure, first_seq, last_seq };
    for permission in resolved {
        draft.emit(EventBody::PermissionResolved { permission });
    }
    let turn = draft.record.turns[index].clone();
    let view = turn_view(&turn, draft.answers.get(id));
    if let Some(sentence) = summary(&view.text) {
        draft.record.summary = sentence;
    }
    draft.record.last_activity_at = now;
    if let Some(session) = session_mut(draft, &turn.session) {
        session.last_activity_at = now;
    }
    if let Some(usage) = &turn.usage {
        let today = now.to_string()[..10].to_owned();
        if draft.record.today.day != today {
            draft.record.today = crate::record::DayUsage { day: today, tokens: 0, cost: None };
        }
        draft.record.today.tokens += usage.total_tokens;
        if let Some(cost) = &usage.cost {
            draft.record.today.cost = Some(draft.record.today.cost.unwrap_or(0.0) + cost.amount);
        }
    }
    draft.emit(EventBody::TurnEnded { turn: Turn { parts: Vec::new(), ..view } });
    super::steers::turn_ended(draft, id);
}

/// Ends every turn that is not over: running ones so, waiting ones so.
pub(crate) fn end_all(
    draft: &mut Draft<'_>,
    running: &(StopReason, Option<Failure>),
    waiting: &(StopReason, Option<Failure>),
) {
    let turns: Vec<_> = draft.record.turns.iter().map(|turn| (turn.id.clone(), turn.stage.clone())).collect();
    for (id, stage) in turns {
        let (stop, failure) = match stage {
            TurnStage::Running { .. } => running.clone(),
            TurnStage::Queued | TurnStage::Sent { .. } => waiting.clone(),
            TurnStage::Ended { .. } => continue,
        };
        end_turn(draft, &id, stop, failure);
    }
    super::steers::end(draft, waiting.0, waiting.1.as_ref());
}

/// Gives a turn that ends its share of what the agent says the session has cost: the total less what was there before.
/// A total that fell belongs to a new session of the agent, where it began at nothing.
fn settle_usage(sessions: &mut [SessionRecord], turn: &mut LiveTurn) {
    let Some(told) = turn.told.take() else { return };
    let usage = turn.usage.get_or_insert_default();
    usage.context_used = told.context_used;
    usage.context_size = told.context_size;
    if let Some(cost) = told.cost
        && let Some(session) = sessions.iter_mut().find(|session| session.id == turn.session)
    {
        let before = if cost.amount < session.cost { 0.0 } else { session.cost };
        session.cost = cost.amount;
        usage.cost = Some(Cost { amount: cost.amount - before, ..cost });
    }
}

/// Interrupts what runs, for this cause.
pub(crate) fn interrupt_running(draft: &mut Draft<'_>, failure: &Failure) {
    let running = draft.record.turns.iter().filter(|turn| matches!(turn.stage, TurnStage::Running { .. }));
    for (id, stopping) in running.map(|turn| (turn.id.clone(), turn.stopping)).collect::<Vec<_>>() {
        // A turn that was to be stopped has got what was wished.
        match stopping {
            Some(stop) => end_turn(draft, &id, stop, None),
            None => end_turn(draft, &id, StopReason::Interrupted, Some(failure.clone())),
        }
    }
    // Whoever was asked whether it took an addition is not there to say so.
    super::steers::end(draft, StopReason::Interrupted, Some(failure));
}

/// Takes a person's answer to an approval; the first one wins.
pub(crate) fn answer_permission(
    draft: &mut Draft<'_>,
    id: &PermissionId,
    option: &str,
    comment: Option<String>,
    by: &str,
) -> Result<Permission, Error> {
    let now = draft.now;
    let fits = comment.as_ref().map_or(Ok(()), |comment| fits(&draft.record, comment.len()));
    let not_found = || Error::new(Code::PermissionNotFound, "there is no such approval");
    let found = draft.record.turns.iter_mut().find_map(|turn| {
        let at = turn.permissions.iter().position(|asking| asking.permission.id == *id)?;
        Some((turn, at))
    });
    let (turn, at) = found.ok_or_else(not_found)?;
    let permission = &mut turn.permissions[at].permission;
    if permission.state != PermissionState::Pending {
        return Err(already_answered(permission));
    }
    let Some(chosen) = permission.options.iter().find(|one| one.id == option) else {
        let offered: Vec<_> = permission.options.iter().map(|one| one.id.as_str()).collect();
        return Err(Error::new(
            Code::InvalidRequest,
            format!("optionId: must be one of {}", offered.join(", ")),
        ));
    };
    fits?;
    let rejects = matches!(chosen.kind, OptionKind::RejectOnce | OptionKind::RejectAlways);
    permission.state = PermissionState::Answered;
    permission.option_id = Some(option.to_owned());
    permission.answered_by = Some(by.to_owned());
    permission.answered_at = Some(now);
    permission.comment = comment.clone();
    let permission = permission.clone();
    let session = turn.session.clone();
    draft.record.last_activity_at = now;
    draft.emit(EventBody::PermissionResolved { permission: permission.clone() });
    if let Some(words) = comment.filter(|words| rejects && !words.trim().is_empty()) {
        // Goose takes no comment with an answer: it is told as an addition to the turn.
        super::steer(draft, &session, words)?;
    }
    Ok(permission)
}

/// Says who was first.
pub(crate) fn already_answered(permission: &Permission) -> Error {
    let who = permission.answered_by.as_deref().unwrap_or("nobody");
    let what = match permission.state {
        PermissionState::Answered => {
            format!("{who} answered {}", permission.option_id.as_deref().unwrap_or("it"))
        }
        PermissionState::Expired => "nobody answered in time".into(),
        PermissionState::Cancelled => "its turn has ended".into(),
        PermissionState::Pending => "it waits".into(),
    };
    Error::new(Code::PermissionAlreadyAnswered, what)
}

/// Rejects an approval that nobody answered, and ends its turn.
pub(crate) fn expire(draft: &mut Draft<'_>, id: &PermissionId) {
    let now = draft.now;
    for turn in &mut draft.record.turns {
        let Some(asking) = turn.permissions.iter_mut().find(|asking| asking.permission.id == *id) else {
            continue;
        };
        if asking.permission.state != PermissionState::Pending {
            return;
        }
        asking.permission.state = PermissionState::Expired;
        asking.permission.answered_at = Some(now);
        let permission = asking.permission.clone();
        let turn = turn.id.clone();
        draft.emit(EventBody::PermissionResolved { permission });
        stop(draft, &turn, StopReason::PermissionTimeout);
        return;
    }
}

/// What goes to the agent for an approval that is resolved.
pub(crate) fn choice(permission: &Permission) -> Option<PermissionChoice> {
    match permission.state {
        PermissionState::Pending => None,
        PermissionState::Answered => permission.option_id.clone().map(PermissionChoice::Option),
        PermissionState::Cancelled => Some(PermissionChoice::Cancelled),
        PermissionState::Expired => {
            let reject = permission.options.iter().find(|option| option.kind == OptionKind::RejectOnce);
            Some(
                reject.map_or(PermissionChoice::Cancelled, |option| {
                    PermissionChoice::Option(option.id.clone())
                }),
            )
        }
    }
}

/// A live turn as it is shown.
pub(crate) fn turn_view(turn: &LiveTurn, answer: Option<&Answer>) -> Turn {
    let (state, stop_reason, failure, started_at, ended_at) = match &turn.stage {
        TurnStage::Queued | TurnStage::Sent { .. } => (TurnState::Queued, None, None, None, None),
        TurnStage::Running { at, .. } => (TurnState::Running, None, None, Some(*at), None),
        TurnStage::Ended { started_at, at, stop, failure, .. } => {
            (TurnState::Ended, Some(*stop), failure.clone(), *started_at, Some(*at))
        }
    };
    Turn {
        id: turn.id.clone(),
        session_id: turn.session.clone(),
        state,
        stop_reason,
        prompt: turn.prompt.clone(),
        attachments: turn.attachments.iter().map(Attachment::info).collect(),
        text: answer.map(Answer::text).unwrap_or_default(),
        parts: answer.map(|answer| answer.parts().to_vec()).unwrap_or_default(),
        usage: turn.usage.clone(),
        failure,
        created_at: turn.created_at,
        started_at,
        ended_at,
    }
}

/// The last line of an answer that says something, without its Markdown: at most 200 characters.
pub(crate) fn summary(text: &str) -> Option<String> {
    let mut fenced = false;
    let mut last = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") || line.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        let words = line.trim_start_matches(['#', '>', '-', '*', '+', ' ']);
        // What a command printed is no sentence, unless there is nothing else.
        if words.chars().any(char::is_alphanumeric) && (!fenced || last.is_none()) {
            last = Some(words);
        }
    }
    let plain: String = last?.chars().filter(|c| !matches!(c, '`' | '*')).collect();
    let mut short: String = plain.chars().take(200).collect();
    if short.len() < plain.len() {
        short.push('…');
    }
    Some(short)
}

fn session_mut<'a>(draft: &'a mut Draft<'_>, id: &SessionId) -> Option<&'a mut SessionRecord> {
    draft.record.sessions.iter_mut().find(|session| session.id == *id)
}

/// When an approval asked now expires.
pub(crate) fn expires_at(draft: &Draft<'_>) -> gaggle_shared::Time {
    let span = draft.record.settings.permission_timeout.unwrap_or(draft.config.permission_timeout);
    after(draft.now, span.duration())
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn a_summary_is_a_sentence_without_markdown() {
        for (text, short) in [
            ("I ran it.\n\nThat gave:\n\n```\n(no output)\n```\n", "That gave:"),
            ("You can ask:\n\n- `count to 100 slowly`\n", "count to 100 slowly"),
            ("# Done\n\n**All** 41 tables imported.\n---\n", "All 41 tables imported."),
            ("```\nonly this\n```", "only this"),
        ] {
            assert_eq!(summary(text).as_deref(), Some(short), "{text:?}");
        }
        assert_eq!(summary("```\n```"), None);
        assert_eq!(summary(&"ä".repeat(300)).map(|short| short.chars().count()), Some(201));
    }
}
