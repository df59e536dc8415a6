//! What people and clusters do behind the back of a server.

use crate::world::{World, alice, call, done, within};
use gaggle_core::{port::Workload, service::Wait};
use gaggle_shared::{DesiredState, EventBody, Phase, Step};
use gaggle_testkit::{Act, RuntimeCall};

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
