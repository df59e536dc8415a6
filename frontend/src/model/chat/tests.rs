use super::samples::*;
use super::*;
use gaggle_shared::{DesiredState, Part, PermissionOption, Phase, Step, StepState, ToolStatus};

fn text(chat: &Chat) -> Vec<String> {
    chat.messages(&session()).map(Entry::text).collect()
}

fn play(chat: &mut Chat, bodies: &[EventBody]) {
    for (n, body) in bodies.iter().enumerate() {
        chat.apply(event(n as u64 + 1, body.clone()));
    }
}

fn script() -> Vec<EventBody> {
    let mut ended = turn("t1", "hello");
    ended.state = TurnState::Ended;
    ended.started_at = Some(at(1));
    ended.ended_at = Some(at(9));
    ended.stop_reason = Some(StopReason::EndTurn);
    let turn_id = TurnId::parse("t1").unwrap();
    let message_id = MessageId::of_agent(&turn_id);
    vec![
        queued(turn("t1", "hello")),
        started(turn("t1", "hello")),
        delta("t1", 0, 0, "Hi "),
        delta("t1", 0, 3, "there"),
        EventBody::ToolCall { turn_id, message_id, tool_call: tool("c1", ToolStatus::Running) },
        delta("t1", 2, 0, "Done."),
        EventBody::TurnEnded { turn: ended },
    ]
}

#[test]
fn a_turn_becomes_two_messages_with_parts_in_order() {
    let mut chat = Chat::default();
    play(&mut chat, &script());
    assert_eq!(text(&chat), ["hello", "Hi there\n\nDone."]);
    let answer = chat.messages(&session()).last().unwrap();
    assert_eq!(answer.state, MessageState::Complete);
    assert!(matches!(&answer.parts()[1], Part::Tool { tool_call } if tool_call.status == ToolStatus::Failed));
    assert!(chat.running(&session()).is_none());
}

#[test]
fn a_turn_begins_with_what_was_asked() {
    let mut chat = Chat::default();
    play(&mut chat, &script());
    let first = |turn| chat.first_of(&TurnId::parse(turn).unwrap()).map(|entry| (entry.role, entry.text()));
    assert_eq!(first("t1"), Some((Role::User, "hello".to_owned())));
    assert_eq!(first("t2"), None);
}

#[test]
fn every_event_twice_changes_nothing() {
    let (mut once, mut twice) = (Chat::default(), Chat::default());
    play(&mut once, &script());
    let doubled: Vec<_> = script().into_iter().chain(script()).collect();
    play(&mut twice, &doubled);
    assert_eq!(text(&once), text(&twice));
    assert_eq!(twice.messages(&session()).last().unwrap().state, MessageState::Complete);
}

#[test]
fn the_transcript_and_the_journal_meet_at_any_point() {
    let whole = script();
    for cut in 2..whole.len() {
        let mut before = Chat::default();
        play(&mut before, &whole[..cut]);
        let read: Vec<Message> = before.entries.values().map(as_message).collect();
        let mut chat = Chat::default();
        chat.read_turns(before.turns.values().cloned().collect());
        chat.read_messages(read);
        // The stream goes on from a little before what was read.
        for body in &whole[cut - 1..] {
            let changes = chat.apply(event(9, body.clone()));
            assert!(!changes.contains(&Change::Reread), "at {cut}");
        }
        assert_eq!(text(&chat), ["hello", "Hi there\n\nDone."], "at {cut}");
    }
}

fn as_message(entry: &Entry) -> Message {
    Message {
        id: entry.id.clone(),
        session_id: entry.session_id.clone(),
        turn_id: entry.turn_id.clone(),
        role: entry.role,
        parts: entry.parts().to_vec(),
        attachments: entry.attachments.clone(),
        created_at: entry.created_at,
        state: entry.state,
        failure: None,
        stop_reason: None,
        ended_at: None,
        usage: None,
    }
}

#[test]
fn what_a_person_adds_stands_between_prompt_and_answer() {
    let mut chat = Chat::default();
    play(&mut chat, &script()[..4]);
    let added = EventBody::MessageDelta {
        turn_id: TurnId::parse("t1").unwrap(),
        message_id: MessageId::parse("t1-s0").unwrap(),
        role: Role::User,
        part: 0,
        offset: 0,
        text: "in German".into(),
    };
    chat.apply(event(9, added.clone()));
    chat.apply(event(9, added));
    assert_eq!(text(&chat), ["hello", "in German", "Hi there"]);
}

#[test]
fn what_was_added_too_late_is_shown_once_and_what_ended_with_its_turn_is_read_again() {
    let mut chat = Chat::default();
    play(&mut chat, &script()[..4]);
    let added = |ordinal: u32| EventBody::MessageDelta {
        turn_id: TurnId::parse("t1").unwrap(),
        message_id: MessageId::parse(&format!("t1-s{ordinal}")).unwrap(),
        role: Role::User,
        part: 0,
        offset: 0,
        text: format!("added {ordinal}"),
    };
    chat.apply(event(9, added(0)));
    chat.apply(event(10, added(1)));
    chat.apply(event(11, queued(turn("t1-n0", "added 0"))));
    assert_eq!(text(&chat), ["hello", "added 1", "Hi there"]);
    assert_eq!(chat.queued(&session()).count(), 1);
    let mut over = turn("t1", "hello");
    over.state = TurnState::Ended;
    over.started_at = Some(over.created_at);
    over.stop_reason = Some(StopReason::Cancelled);
    assert!(chat.apply(event(12, EventBody::TurnEnded { turn: over })).contains(&Change::Reread));
}

#[test]
fn a_gap_asks_to_read_again() {
    let mut chat = Chat::default();
    assert_eq!(chat.apply(event(1, delta("t9", 0, 0, "x"))), [Change::Reread]);
    play(&mut chat, &script()[..3]);
    assert_eq!(chat.apply(event(5, delta("t1", 0, 90, "x"))), [Change::Reread]);
}

#[test]
fn waiting_messages_are_chips_and_vanish_when_taken_back() {
    let mut chat = Chat::default();
    play(&mut chat, &[queued(turn("t1", "one")), queued(turn("t2", "two"))]);
    assert_eq!(chat.queued(&session()).count(), 2);
    assert_eq!(text(&chat), Vec::<String>::new());
    let mut back = turn("t2", "two");
    back.state = TurnState::Ended;
    back.stop_reason = Some(StopReason::Cancelled);
    chat.apply(event(3, EventBody::TurnEnded { turn: back }));
    assert_eq!(chat.queued(&session()).count(), 1);
    assert!(chat.message(&MessageId::of_user(&TurnId::parse("t2").unwrap())).is_none());
}

#[test]
fn an_edited_waiting_message_says_the_new_text() {
    let mut chat = Chat::default();
    play(&mut chat, &[queued(turn("t1", "one")), queued(turn("t1", "uno")), started(turn("t1", "uno"))]);
    assert_eq!(text(&chat)[0], "uno");
}

#[test]
fn an_answered_approval_never_waits_again() {
    let mut chat = Chat::default();
    play(&mut chat, &script()[..2]);
    let ask = |state| permission("t1", state);
    chat.apply(event(3, EventBody::PermissionRequested { permission: ask(PermissionState::Pending) }));
    assert_eq!(chat.pending().count(), 1);
    chat.apply(event(4, EventBody::PermissionResolved { permission: ask(PermissionState::Answered) }));
    chat.read_permissions(vec![ask(PermissionState::Pending)]);
    assert_eq!(chat.pending().count(), 0);
}

#[test]
fn a_call_has_the_leave_that_its_newest_question_of_this_turn_was_given() {
    let mut chat = Chat::default();
    play(&mut chat, &script()[..2]);
    let kinds = [OptionKind::AllowOnce, OptionKind::AllowAlways, OptionKind::RejectOnce, OptionKind::Other];
    let options = kinds.map(|kind| PermissionOption { id: format!("{kind:?}"), name: String::new(), kind });
    let ask = |turn: &str, ordinal: u32, state, answer: Option<OptionKind>| Permission {
        id: PermissionId::of_turn(&TurnId::parse(turn).unwrap(), ordinal),
        options: options.to_vec(),
        option_id: answer.map(|kind| format!("{kind:?}")),
        created_at: at(ordinal.into()),
        ..permission(turn, state)
    };
    use PermissionState::{Answered, Cancelled, Expired, Pending};
    chat.read_permissions(vec![ask("t0", 99, Answered, Some(OptionKind::RejectOnce))]);
    assert_eq!(chat.leave("c1"), None, "another turn's call had the same id");
    // The tenth comes after the ninth, though not by its letters.
    for (ordinal, state, answer, leave) in [
        (0, Pending, None, None),
        (1, Answered, Some(OptionKind::AllowOnce), Some(true)),
        (2, Answered, Some(OptionKind::RejectOnce), Some(false)),
        (8, Answered, Some(OptionKind::AllowAlways), Some(true)),
        (9, Expired, None, Some(false)),
        (10, Answered, Some(OptionKind::Other), None),
        (11, Answered, Some(OptionKind::AllowOnce), Some(true)),
        (12, Cancelled, None, None),
    ] {
        chat.read_permissions(vec![ask("t1", ordinal, state, answer)]);
        assert_eq!(chat.leave("c1"), leave, "{ordinal}");
    }
    assert_eq!(chat.leave("c2"), None);
}

#[test]
fn the_last_start_is_known_however_much_was_said_since() {
    let step = |seq, state, elapsed_ms| {
        let body = EventBody::ActivationStep { step: Step::Agent, state, message: String::new(), elapsed_ms };
        event(seq, body)
    };
    let active =
        EventBody::ProjectPhase { phase: Phase::Active, desired_state: DesiredState::Active, failure: None };
    let start = [step(2, StepState::Started, 0), step(3, StepState::Done, 700), event(4, active)];
    let mut chat = Chat::default();
    chat.read_history(&[event(900, queued(turn("t9", "later"))), start[1].clone()], &start);
    assert_eq!(chat.activation.summary().as_deref(), Some("agent 700 ms"));
    assert_eq!(chat.timeline().count(), 2);
}

#[test]
fn what_began_at_a_moment_stands_below_what_was_said_before() {
    let mut chat = Chat::default();
    play(&mut chat, &script());
    let below = |seconds| chat.last_before(&session(), at(seconds)).map(ToString::to_string);
    assert_eq!(below(-1), None);
    assert_eq!(below(0).as_deref(), Some("t1-u"));
    assert_eq!(below(100).as_deref(), Some("t1-a"));
}

#[test]
fn the_context_in_use_is_known_after_a_reload() {
    let mut chat = Chat::default();
    assert_eq!(chat.context(&session()), None);
    let usage = |used| Some(Usage { context_used: used, context_size: 1000, ..Usage::default() });
    chat.read_turns(vec![
        Turn { usage: usage(10), ..turn("t1", "a") },
        Turn { usage: usage(25), ..turn("t2", "b") },
        turn("t3", "runs"),
    ]);
    assert_eq!(chat.context(&session()), Some((25, 1000)));
}

#[test]
fn a_reading_anew_keeps_older_messages_unless_something_between_may_be_missing() {
    let read = |ids: &[&str]| {
        let mut chat = Chat::default();
        let said = |id: &&str| as_message(&Entry::prompt(&turn(id, id), MessageState::Complete));
        chat.read_messages(ids.iter().map(said).collect());
        chat
    };
    let known = read(&["t1", "t2", "t3"]);
    let mut anew = read(&["t2", "t3", "t4"]);
    assert!(anew.keep_older(&known, &session()));
    assert_eq!(text(&anew), ["t1", "t2", "t3", "t4"]);
    assert!(anew.message(&MessageId::of_user(&TurnId::parse("t1").unwrap())).is_some());
    let mut later = read(&["t5", "t6"]);
    assert!(!later.keep_older(&known, &session()));
    assert_eq!(text(&later), ["t5", "t6"]);
    assert!(!Chat::default().keep_older(&known, &session()));
}
