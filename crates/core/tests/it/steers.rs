//! What people add to a running turn is taken, becomes the next message, or ends visibly: it is never lost.

use crate::world::{World, alice, call, done, within};
use MessageState::{Cancelled, Complete, Failed, Interrupted};
use gaggle_core::{
    port::AgentCommand,
    service::{MessageQuery, Wait},
};
use gaggle_shared::{
    AnswerPermission, CancelTurn, Code, EventBody, Message, MessageState, Part, ProjectId, Role, SteerTurn,
    StopReason, Turn,
};
use gaggle_testkit::Act;

/// A project whose first turn has ended, so that its agent has the conversation at hand.
async fn ready(world: &World) -> ProjectId {
    let id = world.create("one").await.id;
    done(within(world.send(&id, "zero")).await);
    id
}

/// A project whose turn stands.
async fn held(world: &World) -> (ProjectId, Turn) {
    world.gateway.script(|prompt| match prompt {
        "first" => vec![Act::say("so "), Act::Hold, Act::say("done")],
        other => vec![Act::say(other)],
    });
    let id = world.create("one").await.id;
    let mut events = world.events(&id, 0).await;
    let turn = world.queue(&id, "first").await;
    events.until(|body| matches!(body, EventBody::MessageDelta { .. })).await;
    (id, turn)
}

async fn steer(world: &World, id: &ProjectId, text: &str) -> Turn {
    let body = SteerTurn { text: text.into(), session_id: None };
    world.gaggle.steer(&call(), &alice(), id, body).await.unwrap()
}

async fn messages(world: &World, id: &ProjectId) -> Vec<Message> {
    let query = MessageQuery { limit: 200, ..Default::default() };
    world.gaggle.messages(&call(), &alice(), id, &query).await.unwrap().items
}

fn words(message: &Message) -> &str {
    match &message.parts[..] {
        [Part::Text { text }] => text,
        other => panic!("{other:?}"),
    }
}

/// What people said, and how it stands.
fn said(messages: &[Message]) -> Vec<(&str, MessageState)> {
    let of = messages.iter().filter(|message| message.role == Role::User);
    of.map(|message| (words(message), message.state)).collect()
}

fn prompts(world: &World, id: &ProjectId) -> Vec<String> {
    let sent = world.gateway.sent(id).into_iter();
    sent.filter_map(|command| match command {
        AgentCommand::Prompt { text, .. } => Some(text),
        _ => None,
    })
    .collect()
}

/// Waits for the end of the turn of these words.
async fn answered(world: &World, id: &ProjectId, text: &str) -> Turn {
    let mut events = world.events(id, 0).await;
    let seen =
        events.until(|body| matches!(body, EventBody::TurnEnded { turn } if turn.prompt == text)).await;
    match seen.into_iter().last().map(|event| event.body) {
        Some(EventBody::TurnEnded { turn }) => turn,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_could_not_be_told_before_the_end_becomes_the_next_message() {
    let world = World::new().await;
    world.gateway.runs_stay_untold();
    let (id, first) = held(&world).await;
    world.queue(&id, "waits").await;
    assert_eq!(steer(&world, &id, "also").await.id, first.id);
    assert_eq!(steer(&world, &id, "and this").await.id, first.id);
    world.gateway.resume(&id);
    assert_eq!(answered(&world, &id, "also").await.stop_reason, Some(StopReason::EndTurn));
    answered(&world, &id, "waits").await;
    assert_eq!(prompts(&world, &id), ["first", "also", "and this", "waits"]);
    let all = messages(&world, &id).await;
    let mut all: Vec<_> = said(&all).into_iter().map(|(words, _)| words).collect();
    all.sort_unstable();
    assert_eq!(all, ["also", "and this", "first", "waits"], "each is shown once");
}

#[tokio::test]
async fn what_is_added_before_the_agent_has_the_turn_is_not_lost() {
    let world = World::new().await;
    let id = ready(&world).await;
    // The prompt is on its way, and does not arrive.
    world.gateway.cut(&id);
    let turn = world.queue(&id, "first").await;
    assert_eq!(steer(&world, &id, "also").await.id, turn.id);
    world.gateway.mend(&id);
    // All of the turn is there before the addition is: the agent refuses it after the end.
    let next = answered(&world, &id, "also").await;
    assert_eq!((next.stop_reason, next.session_id), (Some(StopReason::EndTurn), turn.session_id));
    assert_eq!(
        said(&messages(&world, &id).await),
        [("zero", Complete), ("first", Complete), ("also", Complete)]
    );
    while !world.restful_turns(&id).await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_refusal_that_comes_after_a_crash_loses_nothing() {
    let mut world = World::new().await;
    let (id, _) = held(&world).await;
    world.gateway.cut(&id);
    steer(&world, &id, "also").await;
    world.gateway.server_dies();
    world.gateway.resume(&id);
    world.gateway.mend(&id);
    world.crash().await;
    answered(&world, &id, "also").await;
    assert_eq!(prompts(&world, &id), ["first", "also"]);
}

#[tokio::test]
async fn a_full_queue_takes_what_was_acknowledged_as_an_addition() {
    let world = World::new().await;
    let (id, _) = held(&world).await;
    let waiting: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    for text in &waiting {
        world.queue(&id, text).await;
    }
    world.gateway.cut(&id);
    steer(&world, &id, "also").await;
    world.gateway.resume(&id);
    world.gateway.mend(&id);
    answered(&world, &id, "19").await;
    let mut told = prompts(&world, &id);
    // What waited first may have begun while the agent was asked.
    let place = told.iter().position(|text| text == "also").unwrap();
    assert!(place <= 2, "{told:?}");
    told.remove(place);
    assert_eq!(told, ["first".to_owned()].into_iter().chain(waiting).collect::<Vec<_>>());
}

#[tokio::test]
async fn only_so_much_may_be_added_at_once() {
    let world = World::new().await;
    world.gateway.runs_stay_untold();
    let (id, _) = held(&world).await;
    for n in 0..20 {
        steer(&world, &id, &n.to_string()).await;
    }
    let body = SteerTurn { text: "one more".into(), session_id: None };
    let error = world.gaggle.steer(&call(), &alice(), &id, body).await.unwrap_err();
    assert_eq!(error.code, Code::TurnQueueFull);
}

#[tokio::test]
async fn what_was_added_is_cancelled_with_its_turn_and_nothing_is_added_to_one_that_stops() {
    let world = World::new().await;
    world.gateway.runs_stay_untold();
    let (id, _) = held(&world).await;
    steer(&world, &id, "also").await;
    world.gateway.cut(&id);
    within(world.gaggle.cancel(&call(), &alice(), &id, CancelTurn::default(), Wait::Now)).await.unwrap();
    let body = SteerTurn { text: "late".into(), session_id: None };
    let error = world.gaggle.steer(&call(), &alice(), &id, body).await.unwrap_err();
    assert_eq!(error.code, Code::NoRunningTurn);
    world.gateway.mend(&id);
    answered(&world, &id, "first").await;
    assert_eq!(said(&messages(&world, &id).await), [("first", Complete), ("also", Cancelled)]);
    assert_eq!(prompts(&world, &id), ["first"]);
}

#[tokio::test]
async fn an_agent_that_dies_takes_what_it_had_not_confirmed_along_visibly() {
    let world = World::new().await;
    let (id, _) = held(&world).await;
    // It is not known whether the agent acts on it: so it is never sent again by itself.
    world.gateway.cut(&id);
    steer(&world, &id, "also").await;
    world.gateway.agent_down(&id, false);
    world.gateway.mend(&id);
    answered(&world, &id, "first").await;
    let all = messages(&world, &id).await;
    assert_eq!(said(&all), [("first", Complete), ("also", Interrupted)]);
    let failure = all[1].failure.as_ref().map(|failure| failure.code);
    assert_eq!(failure, Some(Code::AgentDisconnected));
}

#[tokio::test]
async fn putting_to_sleep_fails_an_addition_that_is_still_under_way() {
    let world = World::new().await;
    let (id, _) = held(&world).await;
    world.gateway.cut(&id);
    steer(&world, &id, "also").await;
    world.gateway.end_relay(&id);
    within(world.gaggle.deactivate(&call(), &alice(), &id, Wait::Now)).await.unwrap();
    // A turn gets a while to end by itself.
    let time = async {
        loop {
            world.clock.advance(std::time::Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        ended = answered(&world, &id, "first") => drop(ended),
        () = time => {}
    }
    let all = messages(&world, &id).await;
    let states: Vec<_> = said(&all).into_iter().map(|(_, state)| state).collect();
    assert!(matches!(states[..], [Complete, Cancelled | Failed | Interrupted]), "{states:?}");
    while !world.restful_turns(&id).await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_comment_on_a_rejection_that_ends_the_turn_becomes_the_next_message() {
    let world = World::new().await;
    world.gateway.script(|prompt| match prompt {
        "ask" => vec![Act::ask("tool"), Act::say("did it")],
        other => vec![Act::say(other)],
    });
    let id = world.create("one").await.id;
    let mut events = world.events(&id, 0).await;
    world.queue(&id, "ask").await;
    let asked = events.until(|body| matches!(body, EventBody::PermissionRequested { .. })).await;
    let Some(EventBody::PermissionRequested { permission }) =
        asked.into_iter().last().map(|event| event.body)
    else {
        panic!("not asked")
    };
    let body = AnswerPermission { option_id: "reject_once".into(), comment: Some("rather so".into()) };
    world.gaggle.answer_permission(&call(), &alice(), &id, &permission.id, body).await.unwrap();
    assert_eq!(answered(&world, &id, "rather so").await.stop_reason, Some(StopReason::EndTurn));
    assert_eq!(said(&messages(&world, &id).await), [("ask", Complete), ("rather so", Complete)]);
}
