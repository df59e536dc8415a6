use crate::world::{World, alice, call, done, keyed, message, within};
use gaggle_core::{
    port::{AgentUpdate, Clock as _, ToolPatch},
    service::{MessageQuery, Wait},
};
use gaggle_shared::{
    CancelTurn, Code, EditTurn, EventBody, MessageState, OutputStream, Part, Phase, Role, SendMessage,
    SteerTurn, StopReason, TurnState,
};
use gaggle_testkit::{Act, RuntimeCall};
use std::time::Duration;

fn started(body: &EventBody) -> bool {
    matches!(body, EventBody::TurnStarted { .. })
}

fn ended(body: &EventBody) -> bool {
    matches!(body, EventBody::TurnEnded { .. })
}

async fn hold(world: &World) -> gaggle_shared::ProjectId {
    world.gateway.script(|prompt| vec![Act::say("so "), Act::Hold, Act::say(prompt)]);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    world.queue(&project.id, "first").await;
    events.until(started).await;
    project.id
}

#[tokio::test]
async fn turns_of_a_session_run_one_after_the_other() {
    let world = World::new().await;
    let project = world.create("one").await;
    let turns = ["a", "b", "c"].map(|text| world.queue(&project.id, text));
    let turns = futures_util::future::join_all(turns).await;
    for turn in &turns {
        let over =
            done(within(world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, Wait::Done)).await);
        assert_eq!(over.text, format!("echo: {}", over.prompt));
    }
    let query = MessageQuery { limit: 50, ..Default::default() };
    let messages = world.gaggle.messages(&call(), &alice(), &project.id, &query).await.unwrap().items;
    let roles: Vec<_> = messages.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant].repeat(3));
    assert!(messages.iter().all(|message| message.state == MessageState::Complete));
}

#[tokio::test]
async fn a_waiting_message_can_be_edited_and_taken_back() {
    let world = World::new().await;
    let id = hold(&world).await;
    let (second, third) = (world.queue(&id, "second").await, world.queue(&id, "third").await);
    let edited = EditTurn { text: "changed".into() };
    world.gaggle.edit_turn(&call(), &alice(), &id, &second.id, edited).await.unwrap();
    let back = world.gaggle.take_back_turn(&call(), &alice(), &id, &third.id).await.unwrap();
    assert_eq!((back.state, back.stop_reason), (TurnState::Ended, Some(StopReason::Cancelled)));
    let first =
        world.gaggle.turns(&call(), &alice(), &id, None, None, 10).await.unwrap().items.pop().unwrap();
    let error = world.gaggle.take_back_turn(&call(), &alice(), &id, &first.id).await.unwrap_err();
    assert_eq!(error.code, Code::TurnStarted);
    world.gateway.script(|prompt| vec![Act::say(prompt)]);
    world.gateway.resume(&id);
    let second = done(within(world.gaggle.turn(&call(), &alice(), &id, &second.id, Wait::Done)).await);
    assert_eq!(second.text, "changed");
}

#[tokio::test]
async fn only_so_many_messages_may_wait() {
    let world = World::new().await;
    let id = hold(&world).await;
    for n in 0..20 {
        world.queue(&id, &n.to_string()).await;
    }
    let error =
        world.gaggle.send_message(&call(), &alice(), &id, message("one more"), Wait::Now).await.unwrap_err();
    assert_eq!(error.code, Code::TurnQueueFull);
}

#[tokio::test]
async fn what_runs_and_waits_is_bounded_together_however_it_came() {
    let world = World::new().await;
    let id = hold(&world).await;
    let mib = |n: usize| "x".repeat(n * 1024 * 1024);
    let waiting = world.queue(&id, &mib(1)).await;
    let steer = |text: String| {
        let (gaggle, id) = (world.gaggle.clone(), id.clone());
        async move { gaggle.steer(&call(), &alice(), &id, SteerTurn { text, session_id: None }).await }
    };
    let edit = |text: String| {
        let (gaggle, id, turn) = (world.gaggle.clone(), id.clone(), waiting.id.clone());
        async move { gaggle.edit_turn(&call(), &alice(), &id, &turn, EditTurn { text }).await }
    };
    // What it replaces counts no more.
    edit(mib(2)).await.unwrap();
    assert_eq!(edit(mib(4)).await.unwrap_err().code, Code::TurnQueueFull);
    steer(mib(1)).await.unwrap();
    assert_eq!(steer(mib(1)).await.unwrap_err().code, Code::TurnQueueFull);
    let more = world.gaggle.send_message(&call(), &alice(), &id, message(&mib(1)), Wait::Now).await;
    assert_eq!(more.unwrap_err().code, Code::TurnQueueFull, "what was added counts");
    // What was refused has changed nothing, and less is taken.
    let kept = done(world.gaggle.turn(&call(), &alice(), &id, &waiting.id, Wait::Now).await);
    assert_eq!(kept.prompt.len(), 2 * 1024 * 1024);
    edit("short".into()).await.unwrap();
    steer(mib(1)).await.unwrap();
}

#[tokio::test]
async fn cancel_ends_the_running_turn_with_what_it_said() {
    let world = World::new().await;
    let id = hold(&world).await;
    let turn =
        done(within(world.gaggle.cancel(&call(), &alice(), &id, CancelTurn::default(), Wait::Done)).await);
    assert_eq!((turn.stop_reason, turn.text.as_str()), (Some(StopReason::Cancelled), "so "));
    let error =
        world.gaggle.cancel(&call(), &alice(), &id, CancelTurn::default(), Wait::Done).await.unwrap_err();
    assert_eq!(error.code, Code::NoRunningTurn);
}

#[tokio::test]
async fn deactivate_cancels_what_runs_and_fails_what_waits() {
    let world = World::new().await;
    let id = hold(&world).await;
    let waiting = world.queue(&id, "second").await;
    done(within(world.gaggle.deactivate(&call(), &alice(), &id, Wait::Done)).await);
    let turns = world.gaggle.turns(&call(), &alice(), &id, None, None, 10).await.unwrap().items;
    assert_eq!(turns[1].stop_reason, Some(StopReason::Cancelled));
    assert_eq!(turns[0].id, waiting.id);
    assert_eq!(turns[0].failure.as_ref().unwrap().code, Code::ProjectDeactivated);
    assert_eq!(world.project(&id).await.phase, Phase::Inactive);
}

#[tokio::test]
async fn a_turn_that_heeds_no_cancel_keeps_its_project_awake_for_two_seconds_and_no_longer() {
    let world = World::new().await;
    world.gateway.script(|_| vec![Act::say("so "), Act::Deaf]);
    let id = world.create("one").await.id;
    let mut events = world.events(&id, 0).await;
    let turn = world.queue(&id, "first").await;
    events.until(started).await;
    let until = world.clock.now() + Duration::from_secs(2);
    within(world.gaggle.deactivate(&call(), &alice(), &id, Wait::Now)).await.unwrap();
    assert_eq!(within(world.clock.asleep(until..=until)).await, until);
    let stop = RuntimeCall::Stop(id.clone());
    world.clock.advance(Duration::from_millis(1999));
    // Who would have been woken by that has come to do its work once another has.
    world.create("another").await;
    assert!(!world.runtime.calls().contains(&stop), "before its time");
    world.clock.advance(Duration::from_millis(1));
    within(world.runtime.told(&stop)).await;
    assert_eq!(world.clock.now(), until);
    within(world.in_phase(&id, Phase::Inactive)).await;
    let turn = done(within(world.gaggle.turn(&call(), &alice(), &id, &turn.id, Wait::Done)).await);
    assert_eq!((turn.stop_reason, turn.text.as_str()), (Some(StopReason::Cancelled), "so "));
}

#[tokio::test]
async fn an_agent_that_dies_interrupts_its_turn_and_runs_the_next() {
    let world = World::new().await;
    world.gateway.script(|prompt| match prompt {
        "die" => vec![Act::say("half"), Act::Crash { last: false }],
        other => vec![Act::say(other)],
    });
    let project = world.create("one").await;
    let error = within(world.send(&project.id, "die")).await.unwrap_err();
    assert_eq!(error.code, Code::AgentDisconnected);
    let turn = error.turn.expect("names the turn");
    let turn = done(world.gaggle.turn(&call(), &alice(), &project.id, &turn, Wait::Done).await);
    assert_eq!((turn.stop_reason, turn.text.as_str()), (Some(StopReason::Interrupted), "half"));
    world.gateway.agent_up(&project.id);
    assert_eq!(done(within(world.send(&project.id, "live")).await).text, "live");
}

#[tokio::test]
async fn of_a_tools_whole_output_counts_what_did_not_come_live() {
    let world = World::new().await;
    world.gateway.script(|prompt| {
        let tool = ToolPatch { id: "call".into(), ..ToolPatch::default() };
        let live =
            AgentUpdate::Output { call: "call".into(), stream: OutputStream::Stdout, text: "first\n".into() };
        let end = ToolPatch { output: Some(prompt.to_owned()), ..tool.clone() };
        vec![
            Act::Update(AgentUpdate::Tool(tool)),
            Act::Update(live),
            Act::Update(AgentUpdate::Tool(end.clone())),
            // Told twice it counts once.
            Act::Update(AgentUpdate::Tool(end)),
        ]
    });
    let project = world.create("one").await;
    for (whole, shown) in [
        ("first\nsecond\n", "first\nsecond\n"),
        ("first\n", "first\n"),
        ("first", "first\n"),
        ("in another order\nfirst\n", "in another order\nfirst\n"),
    ] {
        let turn = done(within(world.send(&project.id, whole)).await);
        let Part::Tool { tool_call } = &turn.parts[0] else { panic!("{turn:?}") };
        assert_eq!(tool_call.output, shown, "{whole:?}");
    }
}

#[tokio::test]
async fn of_long_output_head_and_tail_of_the_whole_are_kept() {
    let world = World::new().await;
    let lines = |name: &'static str| (0..10_000).map(move |n| format!("{name} {n}\n"));
    let all: String = lines("out").zip(lines("err")).flat_map(|(out, err)| [out, err]).collect();
    let (whole, same) = (all.clone(), "same".to_owned());
    world.gateway.script(move |prompt| {
        let tool = ToolPatch { id: "call".into(), ..ToolPatch::default() };
        let live = |text: String| {
            Act::Update(AgentUpdate::Output { call: "call".into(), stream: OutputStream::Stdout, text })
        };
        let mut acts = vec![Act::Update(AgentUpdate::Tool(tool.clone()))];
        match prompt == same {
            true => acts.extend(
                all.as_bytes().chunks(5_000).map(|piece| live(String::from_utf8_lossy(piece).into())),
            ),
            // The one stream first, and not all of the other.
            false => acts.extend([live(lines("out").collect()), live(lines("err").take(9_000).collect())]),
        }
        acts.push(Act::Update(AgentUpdate::Tool(ToolPatch { output: Some(all.clone()), ..tool })));
        acts
    });
    let project = world.create("one").await;
    for text in ["same", "other"] {
        let turn = done(within(world.send(&project.id, text)).await);
        let Part::Tool { tool_call } = &turn.parts[0] else { panic!("{turn:?}") };
        let output = &tool_call.output;
        assert!(
            output.starts_with(&whole[..32_000]) && output.ends_with(&whole[whole.len() - 32_000..]),
            "{text}"
        );
        assert!(output.contains("bytes left out") && output.len() < 100_000, "{text}: {}", output.len());
    }
    let page =
        world.gaggle.journal(&call(), &alice(), &project.id, 0, 5_000, Default::default()).await.unwrap();
    let replaced =
        page.items.iter().filter(|event| matches!(event.body, EventBody::ToolOutput { whole: true, .. }));
    assert_eq!(replaced.count(), 1, "only where it was otherwise");
}

#[tokio::test]
async fn a_crash_loop_fails_the_project() {
    let world = World::new().await;
    world.gateway.script(|_| vec![Act::Crash { last: true }]);
    let project = world.create("one").await;
    within(world.send(&project.id, "die")).await.unwrap_err();
    within(world.in_phase(&project.id, Phase::Failed)).await;
    assert_eq!(world.project(&project.id).await.failure.unwrap().code, Code::CrashLoop);
}

#[tokio::test]
async fn an_agent_that_does_not_answer_ends_its_start_with_the_cause_and_a_later_one_is_waited_for() {
    let world = World::new().await;
    let project = world.create("one").await;
    world.gateway.agents_stay_down();
    let hangs = async {
        within(world.in_phase(&project.id, Phase::Activating)).await;
        within(world.runtime.told(&RuntimeCall::Start(project.id.clone()))).await;
        world.gateway.agent_hangs(&project.id);
    };
    let (failed, ()) = tokio::join!(within(world.activate(&project.id)), hangs);
    let failure = failed.unwrap_err();
    assert_eq!(failure.code, Code::AgentUnresponsive, "{failure:?}");
    within(world.in_phase(&project.id, Phase::Failed)).await;
    assert_eq!(world.runtime.running(), []);
    // In its life it may have been stopped for a while: the next start of it is waited for.
    world.gateway.agents_come_up();
    within(world.activate(&project.id)).await.unwrap();
    world.gateway.agent_hangs(&project.id);
    world.gateway.agent_up(&project.id);
    assert_eq!(done(within(world.send(&project.id, "hello")).await).text, "echo: hello");
}

#[tokio::test]
async fn a_model_that_fails_says_so() {
    let world = World::new().await;
    world.gateway.script(|_| {
        let error = gaggle_core::port::AgentError {
            code: -32603,
            message: "Internal error".into(),
            data: Some("401 bad key".into()),
        };
        vec![Act::Fail(error)]
    });
    let project = world.create("one").await;
    let error = within(world.send(&project.id, "hello")).await.unwrap_err();
    assert_eq!(error.code, Code::ProviderError);
    assert!(error.message.contains("401 bad key"), "{}", error.message);
}

#[tokio::test]
async fn a_repeat_under_the_same_key_gets_the_same_turn() {
    let mut world = World::new().await;
    let project = world.create("one").await;
    let send = |world: &World, body: &'static str| {
        let gaggle = world.gaggle.clone();
        let id = project.id.clone();
        async move { gaggle.send_message(&keyed("k", body), &alice(), &id, message("hello"), Wait::Done).await }
    };
    let first = done(within(send(&world, "h1")).await);
    assert_eq!(done(within(send(&world, "h1")).await).id, first.id);
    world.crash().await;
    assert_eq!(done(within(send(&world, "h1")).await).id, first.id, "across restarts");
    assert_eq!(within(send(&world, "h2")).await.unwrap_err().code, Code::IdempotencyKeyReused);
    assert_eq!(
        world.gaggle.turns(&call(), &alice(), &project.id, None, None, 10).await.unwrap().items.len(),
        1
    );
}

#[tokio::test]
async fn steering_adds_to_the_turn_and_to_the_transcript() {
    let world = World::new().await;
    let id = hold(&world).await;
    let also = SteerTurn { text: "also this".into(), session_id: None };
    let turn = world.gaggle.steer(&call(), &alice(), &id, also).await.unwrap();
    assert_eq!(turn.state, TurnState::Running);
    world.gateway.resume(&id);
    let mut events = world.events(&id, 0).await;
    events.until(ended).await;
    let query = MessageQuery { limit: 50, ..Default::default() };
    let messages = world.gaggle.messages(&call(), &alice(), &id, &query).await.unwrap().items;
    let texts: Vec<_> = messages.into_iter().map(|message| format!("{:?}", message.parts)).collect();
    assert!(texts[1].contains("also this"), "{texts:?}");
    let late = SteerTurn { text: "late".into(), session_id: None };
    assert_eq!(world.gaggle.steer(&call(), &alice(), &id, late).await.unwrap_err().code, Code::NoRunningTurn);
}

#[tokio::test]
async fn sessions_run_side_by_side() {
    let world = World::new().await;
    let id = hold(&world).await;
    let other = world.gaggle.create_session(&call(), &alice(), &id, Default::default()).await.unwrap();
    world.gateway.script(|prompt| vec![Act::say(prompt)]);
    let body = SendMessage { session_id: Some(other.id.clone()), ..SendMessage::of("there") };
    let turn = done(within(world.gaggle.send_message(&call(), &alice(), &id, body, Wait::Done)).await);
    assert_eq!((turn.text.as_str(), &turn.session_id), ("there", &other.id));
    world.gaggle.delete_session(&call(), &alice(), &id, &other.id).await.unwrap();
    let all = MessageQuery { limit: 10, ..Default::default() };
    let left = world.gaggle.messages(&call(), &alice(), &id, &all).await.unwrap().items;
    assert!(left.iter().all(|message| message.session_id != other.id));
    // Of one that was deleted nothing is to be had, as of one that never was.
    let never = gaggle_shared::SessionId::parse("never").unwrap();
    for gone in [other.id, never] {
        let turns = world.gaggle.turns(&call(), &alice(), &id, Some(&gone), None, 10).await;
        assert_eq!(turns.unwrap_err().code, Code::SessionNotFound);
        let query = MessageQuery { session: Some(gone), limit: 10, ..Default::default() };
        let messages = world.gaggle.messages(&call(), &alice(), &id, &query).await;
        assert_eq!(messages.unwrap_err().code, Code::SessionNotFound);
    }
}

#[tokio::test]
async fn a_model_that_fails_in_words_fails_the_turn() {
    let world = World::new().await;
    let words = "Ran into this error: Rate limit exceeded.";
    world
        .gateway
        .script(move |_| vec![Act::Update(gaggle_core::port::AgentUpdate::ModelFailed(words.into()))]);
    let project = world.create("one").await;
    let error = within(world.send(&project.id, "hello")).await.unwrap_err();
    assert_eq!(error.code, Code::ProviderError);
    assert!(error.message.contains("Rate limit"), "{}", error.message);
    let turn = error.turn.expect("names the turn");
    let turn = done(world.gaggle.turn(&call(), &alice(), &project.id, &turn, Wait::Done).await);
    assert_eq!((turn.stop_reason, turn.text.as_str()), (Some(StopReason::Failed), words));
}
