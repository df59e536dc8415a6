//! The server dies after every single write of a story, and another one takes over.

use crate::{
    story,
    world::{World, alice, call, done, within},
};
use gaggle_core::{port::AgentCommand, service::Wait};
use gaggle_shared::{CancelTurn, EventBody, Phase, StopReason};
use gaggle_testkit::{
    Act,
    store::{Fault, Written},
    story::script,
};

/// The wish to delete goes on by itself.
async fn gone(world: &World) {
    let query = gaggle_core::service::ProjectsQuery { limit: 50, ..Default::default() };
    while !world.gaggle.projects(&call(), &alice(), &query).await.unwrap().items.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_crash_after_any_write_loses_and_doubles_nothing() {
    let whole = World::new().await;
    whole.gateway.script(script);
    within(story::tell(&whole)).await.unwrap();
    let writes = whole.store.writes().len();
    assert!(writes > 60, "{writes} writes");
    for k in 1..=writes {
        let mut world = World::new().await;
        world.gateway.script(script);
        world.store.die_after(k);
        // The first server dies somewhere; whatever a caller sees then is an error or nothing.
        {
            let dead = async { world.store.reached(k).await };
            tokio::select! {
                told = story::tell(&world) => if told.is_ok() { continue },
                () = dead => {}
            }
        }
        world.crash().await;
        let told = tokio::time::timeout(std::time::Duration::from_secs(20), story::tell(&world)).await;
        match told {
            Ok(Ok(())) => {}
            // The delete was acknowledged: the story's repeat finds it gone, or going, which is right.
            Ok(Err(error)) if error.code == gaggle_shared::Code::ProjectNotFound => {}
            Ok(Err(error)) if error.code == gaggle_shared::Code::ProjectDeleting => {
                within(gone(&world)).await;
            }
            other => panic!("after write {k} of {writes} ({:?}): {other:?}", whole.store.writes().get(k - 1)),
        }
        assert!(world.runtime.running().is_empty(), "after write {k}");
    }
}

#[tokio::test]
async fn a_turn_goes_on_while_the_server_is_away() {
    let mut world = World::new().await;
    world.gateway.script(|_| vec![Act::say("before "), Act::Hold, Act::say("after")]);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    let turn = world.queue(&project.id, "go").await;
    let seen = events.until(|body| matches!(body, EventBody::MessageDelta { .. })).await;
    let cursor = seen.last().unwrap().seq;
    world.store.die_after(0);
    world.gateway.server_dies();
    world.gateway.resume(&project.id);
    world.crash().await;
    let mut events = world.events(&project.id, cursor).await;
    let rest = events.until(|body| matches!(body, EventBody::TurnEnded { .. })).await;
    assert!(rest.iter().all(|event| event.seq > cursor));
    let over = done(within(world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, Wait::Done)).await);
    assert_eq!((over.stop_reason, over.text.as_str()), (Some(StopReason::EndTurn), "before after"));
    assert_eq!(world.project(&project.id).await.phase, Phase::Active);
}

#[tokio::test]
async fn lost_frames_interrupt_the_turn_visibly() {
    let mut world = World::new().await;
    world
        .gateway
        .script(|_| vec![Act::say("before "), Act::Hold, Act::say("lost"), Act::Hold, Act::say("after")]);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    let turn = world.queue(&project.id, "go").await;
    events.until(|body| matches!(body, EventBody::MessageDelta { .. })).await;
    world.gateway.server_dies();
    world.gateway.resume(&project.id);
    world.gateway.lose_spool(&project.id);
    world.gateway.resume(&project.id);
    world.crash().await;
    let over = done(within(world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, Wait::Done)).await);
    assert_eq!(over.stop_reason, Some(StopReason::Interrupted));
    // The agent, which does not know, is stopped before it gets something new.
    world.gateway.script(|prompt| vec![Act::say(prompt)]);
    assert_eq!(done(within(world.send(&project.id, "next")).await).text, "next");
    assert_eq!(told(&world, &project.id), ["prompt go", "cancel", "prompt next"]);
}

#[tokio::test]
async fn a_prompt_that_waited_for_the_link_is_not_for_an_agent_that_came_meanwhile() {
    let world = World::new().await;
    world.gateway.script(|prompt| vec![Act::say(prompt)]);
    let project = world.create("one").await;
    done(within(world.send(&project.id, "first")).await);
    world.gateway.cut(&project.id);
    // It is for the agent that was there when the link broke, which has its conversation at hand; the next one has not.
    let turn = world.queue(&project.id, "second").await;
    world.gateway.agent_down(&project.id, false);
    world.gateway.agent_up(&project.id);
    world.gateway.mend(&project.id);
    let over = done(within(world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, Wait::Done)).await);
    assert_eq!((over.stop_reason, &*over.text), (Some(StopReason::EndTurn), "second"));
    assert_eq!(world.gateway.prompts(&project.id), ["first", "second"]);
}

#[tokio::test]
async fn a_message_that_was_cancelled_before_the_agent_had_it_never_reaches_it() {
    let world = World::new().await;
    world.gateway.script(|prompt| vec![Act::say(prompt)]);
    let project = world.create("one").await;
    let id = &project.id;
    done(within(world.send(id, "first")).await);
    world.gateway.cut(id);
    let turn = world.queue(id, "second").await;
    world.gaggle.cancel(&call(), &alice(), id, CancelTurn::default(), Wait::Now).await.unwrap();
    world.gateway.agent_down(id, false);
    world.gateway.mend(id);
    // At once, not only when there is an agent again.
    let over = done(within(world.gaggle.turn(&call(), &alice(), id, &turn.id, Wait::Done)).await);
    assert_eq!(over.stop_reason, Some(StopReason::Cancelled));
    world.gateway.agent_up(id);
    assert_eq!(done(within(world.send(id, "third")).await).text, "third");
    assert_eq!(world.gateway.prompts(id), ["first", "third"]);
}

/// What the agent was told of turns.
fn told(world: &World, id: &gaggle_shared::ProjectId) -> Vec<String> {
    let told = world.gateway.sent(id).into_iter();
    told.filter_map(|command| match command {
        AgentCommand::Prompt { text, .. } => Some(format!("prompt {text}")),
        AgentCommand::Cancel { .. } => Some("cancel".into()),
        AgentCommand::Answer { choice, .. } => Some(format!("answer {choice:?}")),
        _ => None,
    })
    .collect()
}

#[tokio::test]
async fn a_question_of_a_turn_that_was_given_up_is_answered() {
    let mut world = World::new().await;
    world.gateway.script(|_| {
        vec![Act::say("before "), Act::Hold, Act::say("lost"), Act::ask("tool"), Act::say("after")]
    });
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    let turn = world.queue(&project.id, "go").await;
    events.until(|body| matches!(body, EventBody::MessageDelta { .. })).await;
    world.gateway.server_dies();
    world.gateway.lose_spool(&project.id);
    // The agent goes on, and asks.
    world.gateway.skip_frame(&project.id);
    world.gateway.resume(&project.id);
    world.crash().await;
    let over = done(within(world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, Wait::Done)).await);
    assert_eq!(over.stop_reason, Some(StopReason::Interrupted));
    world.gateway.script(|prompt| vec![Act::say(prompt)]);
    assert_eq!(done(within(world.send(&project.id, "next")).await).text, "next");
    assert_eq!(told(&world, &project.id), ["prompt go", "cancel", "answer Cancelled", "prompt next"]);
}

#[tokio::test]
async fn a_full_store_says_so_and_heals() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.activate(&project.id)).await.unwrap();
    world.store.set_full(true);
    let error = world.send(&project.id, "hello").await.unwrap_err();
    assert_eq!(error.code, gaggle_shared::Code::StoreFull);
    world.store.set_full(false);
    assert_eq!(done(within(world.send(&project.id, "hello")).await).text, "echo: hello");
}

#[tokio::test]
async fn a_store_that_is_away_says_so_and_heals() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.activate(&project.id)).await.unwrap();
    world.store.set_down(true);
    let error = within(world.send(&project.id, "hello")).await.unwrap_err();
    assert_eq!(error.code, gaggle_shared::Code::StoreUnavailable);
    world.store.set_down(false);
    assert_eq!(done(within(world.send(&project.id, "hello")).await).text, "echo: hello");
}

#[tokio::test]
async fn an_agent_that_did_not_wait_for_the_server_says_so() {
    let mut world = World::new().await;
    world.gateway.script(|prompt| match prompt {
        "go" => vec![Act::say("before "), Act::Hold],
        other => vec![Act::say(other)],
    });
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    let turn = world.queue(&project.id, "go").await;
    events.until(|body| matches!(body, EventBody::MessageDelta { .. })).await;
    world.store.die_after(0);
    world.gateway.server_dies();
    // Its patience ends while nobody is there.
    world.runtime.kill(&project.id);
    world.crash().await;
    let over = done(within(world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, Wait::Done)).await);
    assert_eq!(over.stop_reason, Some(StopReason::Interrupted));
    assert_eq!(over.failure.unwrap().code, gaggle_shared::Code::ServerWasAway);
    assert_eq!(done(within(world.send(&project.id, "again")).await).text, "again");
}

#[tokio::test]
async fn an_append_whose_answer_is_lost_doubles_nothing() {
    let world = World::new().await;
    world
        .gateway
        .script(|_| vec![Act::say("one "), Act::Hold, Act::say("two "), Act::Hold, Act::say("three")]);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    let turn = world.queue(&project.id, "go").await;
    let delta = |body: &EventBody| matches!(body, EventBody::MessageDelta { .. });
    let mut at = 0;
    for fault in [Fault::After, Fault::Before] {
        events.until(delta).await;
        // The next write is the append of what streams, when its time comes.
        world.store.fail_next(fault);
        let writes = world.store.writes().len();
        while world.store.writes().len() == writes {
            world.clock.advance(std::time::Duration::from_millis(60));
            tokio::task::yield_now().await;
        }
        assert!(
            matches!(world.store.writes()[writes], Written::Append(..)),
            "{:?}",
            world.store.writes()[writes]
        );
        world.gateway.resume(&project.id);
        at += 1;
    }
    assert_eq!(at, 2);
    let over = done(within(world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, Wait::Done)).await);
    assert_eq!(over.text, "one two three");
    done(within(world.gaggle.deactivate(&call(), &alice(), &project.id, Wait::Done)).await);
    let page =
        world.gaggle.journal(&call(), &alice(), &project.id, 0, 1000, Default::default()).await.unwrap();
    assert!(page.items.windows(2).all(|pair| pair[0].seq < pair[1].seq));
}
