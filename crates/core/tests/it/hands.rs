//! What people and clusters do behind the back of a server.

use crate::world::{World, alice, call, within};
use gaggle_core::{port::Workload, service::Wait};
use gaggle_shared::{DesiredState, Phase, Step};
use gaggle_testkit::RuntimeCall;

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
