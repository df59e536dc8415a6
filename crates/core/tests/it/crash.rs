//! The server dies after every single write of a story, and another one takes over.

use crate::world::{World, alice, call, done, message, within};
use gaggle_core::service::{MessageQuery, Outcome, Wait};
use gaggle_shared::{AnswerPermission, EventBody, Phase, Role, StopReason, TurnState};
use gaggle_testkit::{
    Act,
    store::{Fault, Written},
};

fn script(prompt: &str) -> Vec<Act> {
    match prompt {
        "ask" => vec![Act::say("may I?"), Act::ask("tool"), Act::say(" thanks")],
        words => words.split(' ').map(|word| Act::say(format!("{word} "))).collect(),
    }
}

/// The whole story: create, message (which wakes), approval, sleep, message again, delete. Each call is repeated
/// under its key until it is acknowledged, as a client would.
async fn story(world: &World) -> Result<(), gaggle_core::error::Error> {
    let key = |name: &str| crate::world::keyed(name, "body");
    let (gaggle, alice) = (&world.gaggle, alice());
    let body = gaggle_shared::CreateProject {
        name: gaggle_shared::ProjectName::parse("one").unwrap(),
        settings: None,
    };
    let id = gaggle.create_project(&key("create"), &alice, body).await?.id;
    let turn = gaggle.send_message(&key("first"), &alice, &id, message("one two three"), Wait::Done).await?;
    assert_eq!(done(Ok(turn)).text, "one two three ");
    let asking = gaggle.send_message(&key("ask"), &alice, &id, message("ask"), Wait::Now).await?;
    let (Outcome::Pending(asking) | Outcome::Done(asking)) = asking;
    if asking.state != TurnState::Ended {
        let mut events = world.events(&id, 0).await;
        let pending = loop {
            let event = events.next().await;
            match event.body {
                EventBody::PermissionRequested { permission } => break Some(permission),
                EventBody::TurnEnded { turn } if turn.id == asking.id => break None,
                _ => {}
            }
        };
        if let Some(permission) = pending {
            let answer = AnswerPermission { option_id: "allow_once".into(), comment: None };
            gaggle.answer_permission(&key("answer"), &alice, &id, &permission.id, answer).await?;
        }
    }
    let asked = done(Ok(gaggle.turn(&call(), &alice, &id, &asking.id, Wait::Done).await?));
    assert_eq!((asked.stop_reason, asked.text.as_str()), (Some(StopReason::EndTurn), "may I?\n\n thanks"));
    done(Ok(gaggle.deactivate(&call(), &alice, &id, Wait::Done).await?));
    let again = gaggle.send_message(&key("last"), &alice, &id, message("four five"), Wait::Done).await?;
    assert_eq!(done(Ok(again)).text, "four five ");
    let page =
        gaggle.messages(&call(), &alice, &id, &MessageQuery { limit: 50, ..Default::default() }).await?;
    let roles: Vec<_> = page.items.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant].repeat(3), "nothing lost, nothing doubled");
    done(Ok(gaggle.delete_project(&call(), &alice, &id, Wait::Done).await?));
    Ok(())
}

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
    within(story(&whole)).await.unwrap();
    let writes = whole.store.writes().len();
    assert!(writes > 20, "{writes} writes");
    for k in 1..=writes {
        let mut world = World::new().await;
        world.gateway.script(script);
        world.store.die_after(k);
        // The first server dies somewhere; whatever a caller sees then is an error or nothing.
        {
            let dead = async { world.store.reached(k).await };
            tokio::select! {
                told = story(&world) => if told.is_ok() { continue },
                () = dead => {}
            }
        }
        world.crash().await;
        let told = tokio::time::timeout(std::time::Duration::from_secs(20), story(&world)).await;
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
