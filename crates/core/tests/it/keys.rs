//! A call that is repeated under its Idempotency-Key happens once, for a day.

use crate::world::{World, alice, call, done, keyed, message, within};
use futures_util::StreamExt as _;
use gaggle_core::{port::Store as _, record::IdempotencyEntry, service::Wait};
use gaggle_shared::{
    CancelTurn, Code, CreateProject, EventBody, Phase, ProjectId, ProjectName, Role, SteerTurn, StopReason,
};
use gaggle_testkit::Act;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn named(name: &str) -> CreateProject {
    CreateProject { name: ProjectName::parse(name).unwrap(), settings: None }
}

/// A project whose first turn runs until it is told to go on.
async fn working(world: &World) -> ProjectId {
    world.gateway.script(|prompt| vec![Act::say("so "), Act::Hold, Act::say(prompt)]);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    world.queue(&project.id, "first").await;
    events.until(|body| matches!(body, EventBody::TurnStarted { .. })).await;
    project.id
}

#[tokio::test]
async fn an_activation_that_is_repeated_gets_its_answer_and_wakes_nobody() {
    let mut world = World::new().await;
    let id = world.create("one").await.id;
    let activate = |world: &World, key: &'static str| {
        let (gaggle, id) = (world.gaggle.clone(), id.clone());
        async move { gaggle.activate(&keyed(key, "h"), &alice(), &id, Wait::Done).await }
    };
    let (one, two) = within(async { tokio::join!(activate(&world, "k"), activate(&world, "k")) }).await;
    assert_eq!([done(one).phase, done(two).phase], [Phase::Active; 2], "a repeat joins the call");
    done(within(activate(&world, "late")).await);
    done(within(world.gaggle.deactivate(&call(), &alice(), &id, Wait::Done)).await);
    for key in ["k", "late"] {
        assert_eq!(done(within(activate(&world, key)).await).phase, Phase::Inactive, "it was so");
    }
    world.crash().await;
    assert_eq!(done(within(activate(&world, "k")).await).phase, Phase::Inactive, "across restarts");
    // Another key is another wish.
    assert_eq!(done(within(activate(&world, "k2")).await).phase, Phase::Active);
}

#[tokio::test]
async fn a_deactivation_that_is_repeated_puts_nobody_to_sleep_again() {
    let world = World::new().await;
    let id = world.create("one").await.id;
    done(within(world.activate(&id)).await);
    let deactivate = || {
        let (gaggle, id) = (world.gaggle.clone(), id.clone());
        async move { gaggle.deactivate(&keyed("k", "h"), &alice(), &id, Wait::Done).await }
    };
    assert_eq!(done(within(deactivate()).await).phase, Phase::Inactive);
    done(within(world.activate(&id)).await);
    assert_eq!(done(within(deactivate()).await).phase, Phase::Active);
    assert_eq!(world.project(&id).await.phase, Phase::Active);
}

#[tokio::test]
async fn what_is_added_twice_under_a_key_is_added_once_and_a_cancel_has_one_answer() {
    let mut world = World::new().await;
    let id = working(&world).await;
    let steer = |world: &World| {
        let (gaggle, id) = (world.gaggle.clone(), id.clone());
        let body = SteerTurn { text: "also this".into(), session_id: None };
        async move { gaggle.steer(&keyed("k", "h"), &alice(), &id, body).await }
    };
    let first = steer(&world).await.unwrap();
    assert_eq!(steer(&world).await.unwrap().id, first.id);
    let cancel = |world: &World| {
        let (gaggle, id) = (world.gaggle.clone(), id.clone());
        async move { gaggle.cancel(&keyed("k", "h"), &alice(), &id, CancelTurn::default(), Wait::Done).await }
    };
    let cancelled = done(within(cancel(&world)).await);
    assert_eq!((&cancelled.id, cancelled.stop_reason), (&first.id, Some(StopReason::Cancelled)));
    world.crash().await;
    // The same key on another route is another call; on this it is the same, though nothing runs any more.
    assert_eq!(done(within(cancel(&world)).await).id, first.id);
    assert_eq!(steer(&world).await.unwrap().id, first.id);
    let query = gaggle_core::service::MessageQuery { limit: 50, ..Default::default() };
    let said = world.gaggle.messages(&call(), &alice(), &id, &query).await.unwrap().items;
    let texts: Vec<_> = said.iter().filter(|message| message.role == Role::User).collect();
    assert_eq!(texts.len(), 2, "what was sent and what was added: {texts:#?}");
}

#[tokio::test]
async fn a_session_that_is_made_twice_under_a_key_is_made_once() {
    let world = World::new().await;
    let id = world.create("one").await.id;
    let make = |body: &'static str| {
        let (gaggle, id) = (world.gaggle.clone(), id.clone());
        async move { gaggle.create_session(&keyed("k", body), &alice(), &id, Default::default()).await }
    };
    let first = make("h").await.unwrap();
    assert_eq!(make("h").await.unwrap().id, first.id);
    assert_eq!(make("other").await.unwrap_err().code, Code::IdempotencyKeyReused);
    assert_eq!(world.gaggle.sessions(&call(), &alice(), &id).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn after_a_day_a_key_is_new_again() {
    let world = World::new().await;
    let create = |name: &'static str| {
        let gaggle = world.gaggle.clone();
        async move { gaggle.create_project(&keyed("k", name), &alice(), named(name)).await }
    };
    let one = create("one").await.unwrap();
    let send = |body: &'static str| {
        let (gaggle, id) = (world.gaggle.clone(), one.id.clone());
        async move { gaggle.send_message(&keyed("k", body), &alice(), &id, message("hello"), Wait::Done).await }
    };
    let first = done(within(send("h")).await);
    world.clock.advance(DAY - Duration::from_secs(1));
    assert_eq!(create("one").await.unwrap().id, one.id);
    assert_eq!(create("two").await.unwrap_err().code, Code::IdempotencyKeyReused);
    assert_eq!(done(within(send("h")).await).id, first.id);
    world.clock.advance(Duration::from_secs(1));
    let two = create("two").await.unwrap();
    assert_ne!(two.id, one.id);
    assert_eq!(create("two").await.unwrap().id, two.id, "from now on it is this project's");
    assert_ne!(done(within(send("other")).await).id, first.id);
}

#[tokio::test]
async fn after_a_day_a_deleted_projects_key_makes_another() {
    let world = World::new().await;
    let create = || {
        let gaggle = world.gaggle.clone();
        async move { gaggle.create_project(&keyed("k", "h"), &alice(), named("one")).await }
    };
    let one = create().await.unwrap();
    world.clock.advance(Duration::from_secs(3600));
    done(within(world.gaggle.delete_project(&call(), &alice(), &one.id, Wait::Done)).await);
    assert_eq!(create().await.unwrap_err().code, Code::ProjectNotFound, "what it made is gone");
    // The receipt is kept for longer than the key.
    world.clock.advance(DAY - Duration::from_secs(3600));
    assert_ne!(create().await.unwrap().id, one.id);
    done(within(world.gaggle.delete_project(&call(), &alice(), &one.id, Wait::Done)).await);
}

#[tokio::test]
async fn no_key_is_forgotten_before_its_time() {
    let mut world = World::new().await;
    let id = world.create("one").await.id;
    let send = |world: &World, key: &'static str| {
        let (gaggle, id) = (world.gaggle.clone(), id.clone());
        async move { gaggle.send_message(&keyed(key, "h"), &alice(), &id, message("hello"), Wait::Done).await }
    };
    let first = done(within(send(&world, "first")).await);
    // As many as are remembered, but for one.
    let mut record = world.disk.load(&id).await.unwrap().unwrap();
    let known = record.keys[0].clone();
    record.keys.extend((2..4096).map(|n| IdempotencyEntry { key: format!("k{n}"), ..known.clone() }));
    record.generation += 1;
    world.store.die_after(0);
    world.disk.replace(&record).await.unwrap();
    world.crash().await;
    done(within(send(&world, "the last")).await);
    let refused = send(&world, "one too many").await.unwrap_err();
    assert_eq!(refused.code, Code::RateLimited);
    assert!(refused.hint.unwrap().contains("24 h"));
    assert_eq!(done(within(send(&world, "first")).await).id, first.id, "the oldest is known");
    done(within(world.send(&id, "without a key")).await);
    world.clock.advance(DAY);
    assert_ne!(done(within(send(&world, "first")).await).id, first.id);
}

#[tokio::test]
async fn a_turn_that_is_over_can_be_read_to_its_end_though_its_events_were_dropped() {
    let world = World::with(|config| config.journal_bytes = 64 * 1024).await;
    world.gateway.script(|_| vec![Act::say("x".repeat(10_000))]);
    let id = world.create("one").await.id;
    let first = done(within(world.send(&id, "talk")).await);
    let read = |turn: gaggle_shared::TurnId| {
        let (gaggle, id) = (world.gaggle.clone(), id.clone());
        async move {
            let lines = gaggle.turn_events(&call(), &alice(), &id, &turn, 0).await.unwrap();
            within(lines.map(|line| line.kind).collect::<Vec<_>>()).await
        }
    };
    let whole = read(first.id.clone()).await;
    assert_eq!((whole.first(), whole.last()), (Some(&"turn.queued"), Some(&"turn.ended")));
    let mut last = first.clone();
    for _ in 0..20 {
        last = done(within(world.send(&id, "talk")).await);
    }
    within(async {
        while read(first.id.clone()).await != ["reset"] {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(read(last.id).await.last(), Some(&"turn.ended"));
}
