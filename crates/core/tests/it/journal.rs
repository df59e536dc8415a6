use crate::world::{World, alice, call, done, within};
use futures_util::StreamExt as _;
use gaggle_core::{
    port::{AgentUpdate, Store as _, ToolPatch},
    service::{EventFilter, UserEvent, Wait},
};
use gaggle_shared::{
    AnswerPermission, EventBody, OutputStream, Phase, SendMessage,
    transcript::{Answer, Applied},
};
use gaggle_testkit::{Act, store::Fault};

fn ended(body: &EventBody) -> bool {
    matches!(body, EventBody::TurnEnded { .. })
}

#[tokio::test]
async fn every_cursor_reads_the_same_answer_before_and_after_joining() {
    let world = World::new().await;
    world.gateway.script(|_| (0..40).map(|n| Act::say(format!("w{n} "))).collect());
    let project = world.create("one").await;
    let mut live = world.events(&project.id, 0).await;
    let turn = done(within(world.send(&project.id, "talk")).await);
    let seen = live.until(ended).await;
    // Asleep: the journal is all in the store then, joined.
    done(
        within(world.gaggle.deactivate(&call(), &alice(), &project.id, gaggle_core::service::Wait::Done))
            .await,
    );
    for cut in 0..seen.len() {
        let (head, at) = (&seen[..cut], if cut == 0 { 0 } else { seen[cut - 1].seq });
        let mut answer = Answer::default();
        for event in head.iter().filter(|event| event.body.turn_id() == Some(&turn.id)) {
            answer.apply(&event.body);
        }
        let mut rest = world.events(&project.id, at).await;
        for event in rest.until(ended).await.iter().filter(|event| event.body.turn_id() == Some(&turn.id)) {
            answer.apply(&event.body);
        }
        assert_eq!(answer.text(), turn.text, "from {at}");
    }
}

#[tokio::test]
async fn an_ended_turn_takes_little_room() {
    let world = World::new().await;
    world.gateway.script(|_| (0..500).map(|n| Act::say(format!("w{n} "))).collect());
    let project = world.create("one").await;
    within(world.send(&project.id, "talk")).await.unwrap();
    within(async {
        loop {
            let page = world.disk.read(&project.id, 0, 1 << 20).await.unwrap();
            let pieces = page.batches.iter().flat_map(|batch| &batch.entries);
            let pieces =
                pieces.filter(|entry| matches!(entry.event.body, EventBody::MessageDelta { .. })).count();
            if (1..=4).contains(&pieces) && world.restful_turns(&project.id).await {
                break;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_of_a_joined_turn_that_is_half_at_hand_misses_nothing() {
    let world = World::new().await;
    // More pieces than are kept at hand.
    world.gateway.script(|_| (0..1000).map(|n| Act::say(format!("w{n} "))).collect());
    let project = world.create("one").await;
    let turn = done(within(world.send(&project.id, "talk")).await);
    within(async {
        loop {
            let page = world.disk.read(&project.id, 0, 1 << 20).await.unwrap();
            let mut pieces = page.batches.iter().flat_map(|batch| &batch.entries);
            if !page.more && pieces.any(|entry| matches!(&entry.event.body, EventBody::MessageDelta { text, .. } if text.len() > 1000)) {
                break;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut reader = world.events(&project.id, 0).await;
    let mut answer = Answer::default();
    for event in reader.until(ended).await.iter().filter(|event| event.body.turn_id() == Some(&turn.id)) {
        assert_ne!(answer.apply(&event.body), Applied::Gap, "before {event:?}");
    }
    assert_eq!(answer.text(), turn.text);
}

#[tokio::test]
async fn an_unknown_cursor_gets_a_reset_and_one_in_a_reserved_block_does_not() {
    let mut world = World::new().await;
    let project = world.create("one").await;
    within(world.activate(&project.id)).await.unwrap();
    let last = world.gaggle.last_seq(&call(), &alice(), &project.id).await.unwrap();
    let mut far = world.events(&project.id, last + 1_000_000).await;
    assert!(matches!(far.next().await.body, EventBody::Reset { .. }));
    // A reader saw an event that was not stored yet when the server died: its cursor is ahead of the store.
    world.crash().await;
    let mut ahead = world.events(&project.id, last + 7).await;
    let turn = done(within(world.send(&project.id, "hello")).await);
    let seen = ahead.until(ended).await;
    assert!(!seen.iter().any(|event| matches!(event.body, EventBody::Reset { .. })));
    assert!(seen.iter().all(|event| event.seq > last + 7));
    assert!(seen.iter().any(|event| event.body.turn_id() == Some(&turn.id)));
}

#[tokio::test]
async fn a_slow_reader_is_reset_and_slows_nobody() {
    let world = World::new().await;
    world.gateway.script(|_| (0..3000).map(|n| Act::say(format!("{n} "))).collect());
    let project = world.create("one").await;
    within(world.activate(&project.id)).await.unwrap();
    let mut slow =
        world.events(&project.id, world.gaggle.last_seq(&call(), &alice(), &project.id).await.unwrap()).await;
    let turn = done(within(world.send(&project.id, "talk")).await);
    assert_eq!(turn.text.split_whitespace().count(), 3000);
    let seen = slow.until(|body| matches!(body, EventBody::Reset { .. })).await;
    assert!(seen.len() < 3000);
}

#[tokio::test]
async fn filters_pass_only_what_was_asked_for() {
    let world = World::new().await;
    let project = world.create("one").await;
    let turn = done(within(world.send(&project.id, "hello")).await);
    let filter = EventFilter { types: vec!["turn.ended".into()], turn: Some(turn.id.clone()) };
    let page = world.gaggle.journal(&call(), &alice(), &project.id, 0, 1000, filter).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].body.turn_id(), Some(&turn.id));

    // Beyond the end there is nothing, and it says where the end is.
    let never = (1 << 53) - 1;
    let beyond =
        world.gaggle.journal(&call(), &alice(), &project.id, never, 200, Default::default()).await.unwrap();
    assert!(beyond.items.is_empty());
    assert_eq!(beyond.last_seq, world.gaggle.last_seq(&call(), &alice(), &project.id).await.unwrap());
}

#[tokio::test]
async fn a_page_that_is_read_while_events_are_stored_has_them() {
    let world = World::new().await;
    world.gateway.script(|_| vec![Act::say("said"), Act::Hold]);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    world.queue(&project.id, "go").await;
    let delta = |body: &EventBody| matches!(body, EventBody::MessageDelta { .. });
    let shown = events.until(delta).await;
    let before = world.gateway.acknowledged(&project.id);
    // The store is read before the event is in it, and answers only after.
    world.store.hold_reads();
    let (gaggle, id) = (world.gaggle.clone(), project.id.clone());
    let reading =
        tokio::spawn(
            async move { gaggle.journal(&call(), &alice(), &id, 0, 1000, Default::default()).await },
        );
    within(world.store.reads_wait()).await;
    within(async {
        while world.gateway.acknowledged(&project.id) == before {
            world.clock.advance(std::time::Duration::from_millis(60));
            tokio::task::yield_now().await;
        }
    })
    .await;
    world.store.release();
    let page = within(reading).await.unwrap().unwrap();
    let seqs = |events: &[gaggle_shared::Event]| events.iter().map(|event| event.seq).collect::<Vec<_>>();
    assert_eq!(seqs(&page.items), seqs(&shown), "as the live reader saw it");
}

#[tokio::test]
async fn a_users_stream_begins_with_a_snapshot_and_resumes() {
    let world = World::new().await;
    let first = world.create("first").await;
    let mut stream = world.gaggle.user_events(&call(), &alice(), None).await.unwrap();
    let (id, snapshot) = within(stream.next()).await.unwrap();
    assert!(matches!(&snapshot, UserEvent::Snapshot { items, more: false } if items[0].id == first.id));
    let second = world.create("second").await;
    let (_, created) = within(stream.next()).await.unwrap();
    assert!(matches!(created, UserEvent::Created(project) if project.id == second.id));
    let mut resumed = world.gaggle.user_events(&call(), &alice(), id.as_deref()).await.unwrap();
    let (_, created) = within(resumed.next()).await.unwrap();
    assert!(matches!(created, UserEvent::Created(project) if project.id == second.id));
    within(world.activate(&first.id)).await.unwrap();
    within(async {
        loop {
            let (_, event) = resumed.next().await.unwrap();
            if matches!(&event, UserEvent::Changed(project) if project.phase == Phase::Active) {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_journal_keeps_to_its_room_and_old_cursors_are_reset() {
    let world = World::with(|config| config.journal_bytes = 64 * 1024).await;
    world.gateway.script(|_| vec![Act::say("x".repeat(10_000))]);
    let project = world.create("one").await;
    let mut first = None;
    for _ in 0..20 {
        within(world.send(&project.id, "talk")).await.unwrap();
        first = first.or(Some(world.gaggle.last_seq(&call(), &alice(), &project.id).await.unwrap()));
    }
    within(async {
        loop {
            let record = world.disk.load(&project.id).await.unwrap().unwrap();
            if record.floor > first.unwrap() {
                break;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut old = world.events(&project.id, first.unwrap()).await;
    let reset = old.next().await;
    assert!(matches!(reset.body, EventBody::Reset { .. }));
    // A page says it too, whatever is filtered, and where to go on.
    let (by, of) = (call(), alice());
    let page = |after, filter| world.gaggle.journal(&by, &of, &project.id, after, 1000, filter);
    let ended = EventFilter { types: vec!["turn.ended".into()], turn: None };
    let old = page(first.unwrap(), ended).await.unwrap();
    assert_eq!((old.items.as_slice(), old.last_seq), (std::slice::from_ref(&reset), reset.seq));
    assert_eq!(page(old.last_seq, EventFilter::default()).await.unwrap().items, []);
    // From the beginning is from the beginning of what is kept.
    let kept = page(0, EventFilter::default()).await.unwrap().items;
    assert!(!kept.is_empty() && !kept.iter().any(|event| matches!(event.body, EventBody::Reset { .. })));
    // The transcript is whole all the same.
    let query = gaggle_core::service::MessageQuery { limit: 100, ..Default::default() };
    let messages = world.gaggle.messages(&call(), &alice(), &project.id, &query).await.unwrap().items;
    assert_eq!(messages.len(), 40);
}

#[tokio::test]
async fn a_journal_keeps_to_its_room_also_while_turns_overlap_without_end() {
    let world = World::with(|config| config.journal_bytes = 64 * 1024).await;
    world.gateway.script(|_| vec![Act::say("x".repeat(10_000)), Act::ask("shell")]);
    let project = world.create("one").await;
    let (by, of, id) = (call(), alice(), &project.id);
    let create = || world.gaggle.create_session(&by, &of, id, Default::default());
    let sessions = [create().await.unwrap().id, create().await.unwrap().id];
    let mut events = world.events(id, 0).await;
    let mut waits = None;
    for n in 0..20 {
        let body = SendMessage { session_id: Some(sessions[n % 2].clone()), ..SendMessage::of("talk") };
        world.gaggle.send_message(&by, &of, id, body, Wait::Now).await.unwrap();
        let seen = events.until(|body| matches!(body, EventBody::PermissionRequested { .. })).await;
        let EventBody::PermissionRequested { permission } = &seen.last().unwrap().body else {
            unreachable!()
        };
        // Only now the turn before it goes on: there is always one.
        if let Some(waiting) = waits.replace(permission.id.clone()) {
            let allow = AnswerPermission { option_id: "allow_once".into(), comment: None };
            world.gaggle.answer_permission(&by, &of, id, &waiting, allow).await.unwrap();
            events.until(ended).await;
        }
    }
    within(async {
        while world.disk.load(id).await.unwrap().unwrap().floor == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // What the turn has said that still runs is there.
    let record = world.disk.load(id).await.unwrap().unwrap();
    let live = record.turns.last().unwrap().id.clone();
    let kept = world.gaggle.journal(&by, &of, id, record.floor, 1000, EventFilter::default()).await.unwrap();
    let started = |body: &EventBody| matches!(body, EventBody::TurnStarted { turn } if turn.id == live);
    assert!(kept.items.iter().any(|event| started(&event.body)), "{:?}", kept.items);
}

#[tokio::test]
async fn what_a_lost_answer_has_stored_is_told_though_others_were_shown_under_its_numbers() {
    let world = World::new().await;
    world.gateway.script(|prompt| match prompt {
        "first" => vec![Act::say("one "), Act::Hold, Act::say("two "), Act::Hold, Act::say("three")],
        _ => vec![Act::say("later")],
    });
    let project = world.create("one").await;
    let id = &project.id;
    let mut events = world.events(id, 0).await;
    let said = |text: &'static str| move |body: &EventBody| matches!(body, EventBody::MessageDelta { text: is, .. } if is == text);
    let first = world.queue(id, "first").await;
    let mut seen = events.until(said("one ")).await;
    // A message is stored, its sender is not told, and nobody can look.
    world.store.break_record(id, true);
    world.store.fail_next(Fault::After);
    let body = SendMessage::of("second");
    world.gaggle.send_message(&call(), &alice(), id, body, Wait::Now).await.unwrap_err();
    world.gateway.resume(id);
    seen.extend(events.until(said("two ")).await);
    world.store.break_record(id, false);
    let queued = |body: &EventBody| matches!(body, EventBody::TurnQueued { turn } if turn.id != first.id);
    let told = async { seen.extend(events.until(queued).await) };
    let passes = async {
        loop {
            world.clock.advance(std::time::Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = told => {}
        () = passes => unreachable!("it passes for ever"),
    }
    world.gateway.resume(id);
    for _ in 0..2 {
        seen.extend(events.until(ended).await);
    }
    assert!(seen.is_sorted_by(|a, b| a.seq < b.seq), "{seen:?}");
    assert_eq!(seen.iter().filter(|event| queued(&event.body)).count(), 1);
    let EventBody::TurnEnded { turn: second, .. } = &seen.last().unwrap().body else { unreachable!() };
    assert_ne!(second.id, first.id);
    // Who comes later reads the same, also of each turn alone.
    let (by, of) = (call(), alice());
    let later = |turn| {
        let filter = EventFilter { turn, ..EventFilter::default() };
        world.gaggle.journal(&by, &of, id, 0, 1000, filter)
    };
    let all = later(None).await.unwrap().items;
    assert_eq!(all.iter().filter(|event| queued(&event.body)).count(), 1);
    let theirs = later(Some(second.id.clone())).await.unwrap().items;
    assert!(theirs.iter().any(|event| ended(&event.body)), "{theirs:?}");
}

#[tokio::test]
async fn a_store_that_went_back_gets_what_is_known_again() {
    let world = World::new().await;
    let project = world.create("one").await;
    let id = &project.id;
    let before = world.disk.load(id).await.unwrap().unwrap();
    let (by, of) = (call(), alice());
    let session = || world.gaggle.create_session(&by, &of, id, Default::default());
    let kept = session().await.unwrap();
    // As a replica set does whose primary falls with what only it had.
    let last = world.disk.load(id).await.unwrap().unwrap();
    world.disk.forget(id, last.generation).await.unwrap();
    world.disk.create(&before).await.unwrap();
    // Whoever finds out is told to try again.
    let _ = session().await;
    let next = session().await.unwrap();
    let stored = world.disk.load(id).await.unwrap().unwrap();
    assert!(stored.session(&kept.id).is_some() && stored.session(&next.id).is_some(), "{stored:?}");
}

#[tokio::test]
async fn a_reader_that_is_overtaken_by_the_journals_end_is_reset() {
    let mut world = World::with(|config| config.journal_bytes = 2 * 1024 * 1024).await;
    world.gateway.script(|_| vec![Act::say("x".repeat(50_000))]);
    let project = world.create("one").await;
    for _ in 0..10 {
        within(world.send(&project.id, "talk")).await.unwrap();
    }
    let last = world.gaggle.last_seq(&call(), &alice(), &project.id).await.unwrap();
    // The next server has nothing of it at hand: readers read the store, page by page.
    world.crash().await;
    let mut slow = world.events(&project.id, 1).await;
    let first = slow.next().await;
    let floor = async || world.disk.load(&project.id).await.unwrap().unwrap().floor;
    while floor().await <= last {
        within(world.send(&project.id, "talk")).await.unwrap();
    }
    let mut at = first.seq;
    loop {
        let event = slow.next().await;
        if matches!(event.body, EventBody::Reset { .. }) {
            break;
        }
        assert!(
            at < event.seq && event.seq <= last,
            "{} after {at}: what was between is not told",
            event.seq
        );
        at = event.seq;
    }
}

#[tokio::test]
async fn what_comes_of_an_agents_update_keeps_its_message_joined_or_not() {
    let world = World::new().await;
    world.gateway.script(|_| {
        let tool = ToolPatch { id: "call".into(), ..ToolPatch::default() };
        let live = |text: &str| {
            let (call, stream) = ("call".to_owned(), OutputStream::Stdout);
            Act::Update(AgentUpdate::Output { call, stream, text: text.into() })
        };
        let thought = |text: &str| Act::Update(AgentUpdate::Thought(text.into()));
        let tool = Act::Update(AgentUpdate::Tool(tool));
        vec![thought("h"), thought("m"), tool, live("a"), live("b"), Act::say("c"), Act::say("d")]
    });
    let project = world.create("one").await;
    done(within(world.send(&project.id, "talk")).await);
    done(within(world.gaggle.deactivate(&call(), &alice(), &project.id, Wait::Done)).await);
    let page = world.disk.read(&project.id, 0, 1 << 20).await.unwrap();
    let entries = page.batches.iter().flat_map(|batch| &batch.entries);
    let kinds = ["message.delta", "message.thought", "tool.call", "tool.output"];
    let told: Vec<_> = entries.filter(|entry| kinds.contains(&entry.event.body.kind())).collect();
    assert!(told.len() >= 4, "{told:?}");
    for entry in &told {
        assert!(entry.source.is_some(), "{entry:?}");
    }
    // Of pieces that were joined each message is there.
    let all = serde_json::to_string(&told).unwrap();
    for word in ["h", "m", "c", "d"] {
        assert!(all.contains(&format!(r#"(\"{word}\")"#)), "{word}: {all}");
    }
}
