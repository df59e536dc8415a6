//! What people and clusters do behind the back of a server.

use crate::world::{World, alice, call, done, within};
use futures_util::{FutureExt as _, StreamExt as _};
use gaggle_core::{
    port::{AgentEvent, Clock as _, Workload},
    service::{UserEvent, UserStream, Wait},
};
use gaggle_shared::{DesiredState, EventBody, Phase, Project, ProjectId, Step, StopReason};
use gaggle_testkit::{Act, RuntimeCall};
use std::time::Duration;

#[tokio::test]
async fn what_somebody_starts_behind_a_sleeping_project_is_ended() {
    let mut world = World::new().await;
    let project = world.create("one").await;
    within(world.activate(&project.id)).await.unwrap();
    within(world.gaggle.deactivate(&call(), &alice(), &project.id, Wait::Done)).await.unwrap();
    // While it is loaded.
    world.runtime.set(&project.id, Workload::Starting(Step::Container));
    within(world.runtime.told_often(&RuntimeCall::Stop(project.id.clone()), 2)).await;
    within(world.in_phase(&project.id, Phase::Inactive)).await;
    assert_eq!(world.runtime.running(), []);
    // A project at rest is not loaded.
    world.crash().await;
    world.runtime.set(&project.id, Workload::Running);
    within(world.runtime.told_often(&RuntimeCall::Stop(project.id.clone()), 3)).await;
    within(world.in_phase(&project.id, Phase::Inactive)).await;
    // Nobody told of it: it was so when this server came.
    world.store.die_after(0);
    world.runtime.plant(&project.id);
    world.crash().await;
    within(world.runtime.told_often(&RuntimeCall::Stop(project.id.clone()), 4)).await;
    within(world.in_phase(&project.id, Phase::Inactive)).await;
    assert_eq!(world.project(&project.id).await.desired_state, DesiredState::Inactive);
}

#[tokio::test]
async fn what_is_said_to_an_agent_on_its_way_out_waits_for_the_next() {
    let world = World::new().await;
    world.gateway.script(|prompt| match prompt {
        "first" => vec![Act::say("still "), Act::Hold, Act::say("at it")],
        other => vec![Act::say(other)],
    });
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    let first = world.queue(&project.id, "first").await;
    events.until(|body| matches!(body, EventBody::MessageDelta { .. })).await;
    world.gateway.emit(&project.id, AgentEvent::Ending { start: 1 });
    within(heard(&world, &project.id)).await;
    // What it does comes to its end, and nothing new begins.
    world.gateway.resume(&project.id);
    let over = done(within(world.gaggle.turn(&call(), &alice(), &project.id, &first.id, Wait::Done)).await);
    assert_eq!(over.text, "still at it");
    let next = world.queue(&project.id, "next").await;
    within(heard(&world, &project.id)).await;
    assert_eq!(world.gateway.prompts(&project.id), ["first"]);
    world.runtime.kill(&project.id);
    let over = done(within(world.gaggle.turn(&call(), &alice(), &project.id, &next.id, Wait::Done)).await);
    assert_eq!((over.stop_reason, &*over.text), (Some(StopReason::EndTurn), "next"));
    assert_eq!(world.gateway.prompts(&project.id), ["first", "next"]);
}

/// All that the relay said is durable.
async fn heard(world: &World, project: &ProjectId) {
    while world.gateway.spooled(project) > 0 {
        world.clock.advance(Duration::from_millis(60));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn changed_objects_are_put_right_in_mid_turn_and_only_while_it_is_active() {
    let world = World::new().await;
    world.gateway.script(|_| vec![Act::Hold, Act::say("unbroken")]);
    let project = world.create("one").await;
    world.runtime.change_objects(&project.id);
    let mut events = world.events(&project.id, 0).await;
    let turn = world.queue(&project.id, "work").await;
    events.until(|body| matches!(body, EventBody::TurnStarted { .. })).await;
    within(world.runtime.told(&RuntimeCall::Tend(project.id.clone()))).await;
    let calls = world.runtime.calls();
    let started = calls.iter().position(|call| matches!(call, RuntimeCall::Start(_)));
    let tended = calls.iter().position(|call| matches!(call, RuntimeCall::Tend(_)));
    assert!(started < tended, "asleep there is nothing to tend: {calls:?}");
    world.runtime.change_objects(&project.id);
    within(world.runtime.told_often(&RuntimeCall::Tend(project.id.clone()), 2)).await;
    world.gateway.resume(&project.id);
    events.until(|body| matches!(body, EventBody::TurnEnded { .. })).await;
    let ended = world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, Wait::Now).await;
    assert_eq!(done(ended).text, "unbroken");
    let stops = world.runtime.calls().iter().filter(|call| matches!(call, RuntimeCall::Stop(_))).count();
    assert_eq!(stops, 0);
}

#[tokio::test]
async fn an_agent_that_stays_out_of_reach_is_said_to_be_so_and_no_longer_once_it_calls() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.activate(&project.id)).await.unwrap();
    let mut changes = world.gaggle.user_events(&call(), &alice(), None).await.unwrap();
    let begun = world.clock.now();
    world.gateway.cut(&project.id);
    let away = shown(&world, &mut changes, true).await;
    let after = world.clock.now().duration_since(begun).as_secs();
    assert!((30..=45).contains(&after), "it may come back at once: {after} s");
    assert_eq!(away.phase, Phase::Active);
    assert!(away.activity.summary.contains("not been heard of since"), "{}", away.activity.summary);
    world.gateway.mend(&project.id);
    let back = shown(&world, &mut changes, false).await;
    assert!(!back.activity.summary.contains("not been heard"), "{}", back.activity.summary);
}

/// Lets time pass until people are shown that its agent is away, or no longer.
async fn shown(world: &World, changes: &mut UserStream, away: bool) -> Project {
    within(async {
        loop {
            while let Some(event) = changes.next().now_or_never() {
                if let (_, UserEvent::Changed(project)) = event.expect("the stream goes on")
                    && project.warnings.contains(&"agent_away".to_owned()) == away
                {
                    return *project;
                }
            }
            world.clock.advance(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
    })
    .await
}
