//! What the runtime has that no record knows.

use crate::world::{World, within};
use gaggle_core::{
    port::{Clock as _, Workload},
    service::OrphanPolicy,
};
use gaggle_shared::{OrphanReason, ProjectId};
use gaggle_testkit::RuntimeCall;
use std::time::Duration;

const LOOK: Duration = Duration::from_secs(15);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn stray(world: &World) -> ProjectId {
    let id = ProjectId::parse("pstray").unwrap();
    world.runtime.plant(&id);
    id
}

/// The next look, and what came of it.
async fn look(world: &World) {
    within(world.clock.asleep(..)).await;
    world.clock.advance(LOOK);
    // It rests again once it has done what it found to do.
    let next = world.clock.now().checked_add(LOOK).unwrap();
    within(world.clock.asleep(next..=next)).await;
}

#[tokio::test]
async fn an_orphan_is_ended_at_once_and_its_data_after_a_day_of_being_reported() {
    let world = World::new().await;
    let kept = world.create("kept").await;
    world.activate(&kept.id).await.unwrap();
    let id = stray(&world);
    look(&world).await;
    within(world.runtime.told(&RuntimeCall::Stop(id.clone()))).await;
    assert!(!world.runtime.running().contains(&id) && world.runtime.running().contains(&kept.id));
    let shown = world.gaggle.orphans().await.unwrap();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!((&shown[0].project_id, shown[0].reason, shown[0].removes), (&id, OrphanReason::Unknown, true));
    let (since, goes) = (shown[0].reported_since.unwrap(), shown[0].data_removed_at.unwrap());
    assert_eq!(goes, since.checked_add(DAY).unwrap());
    assert!(!world.runtime.calls().contains(&RuntimeCall::Remove(id.clone())), "its data went too soon");
    world.clock.advance(DAY - 2 * LOOK);
    look(&world).await;
    assert!(!world.runtime.calls().contains(&RuntimeCall::Remove(id.clone())), "its data went too soon");
    world.clock.advance(2 * LOOK);
    look(&world).await;
    within(world.runtime.told(&RuntimeCall::Remove(id.clone()))).await;
    look(&world).await;
    assert_eq!(world.gaggle.orphans().await.unwrap(), []);
    let counts = world.gaggle.orphan_counts();
    let of = |kind: &str| counts.iter().find(|(is, _)| is == kind).map(|(_, count)| *count).unwrap();
    assert_eq!((of("Project").found, of("Project").now, of("Workspace").removed), (1, 0, 1), "{counts:?}");
}

#[tokio::test]
async fn nothing_is_an_orphan_while_the_store_cannot_be_read() {
    let world = World::new().await;
    let id = stray(&world);
    world.store.set_down(true);
    for _ in 0..4 {
        look(&world).await;
    }
    assert!(world.gaggle.orphans().await.is_err());
    assert_eq!(world.runtime.calls(), []);
    world.store.set_down(false);
    look(&world).await;
    within(world.runtime.told(&RuntimeCall::Stop(id))).await;
}

#[tokio::test]
async fn orphans_that_are_only_reported_stay() {
    let world = World::with(|config| config.orphans = OrphanPolicy::Report).await;
    let id = stray(&world);
    look(&world).await;
    world.clock.advance(2 * DAY);
    look(&world).await;
    let shown = world.gaggle.orphans().await.unwrap();
    assert_eq!(shown.len(), 1);
    assert!(!shown[0].removes && shown[0].data_removed_at.is_none() && shown[0].reported_since.is_some());
    assert_eq!(world.runtime.calls(), []);
    assert_eq!(world.runtime.running(), [id]);
}

#[tokio::test]
async fn what_is_left_of_a_deleted_project_goes_with_its_data() {
    let world = World::new().await;
    let project = world.create("gone").await;
    crate::world::done(
        world
            .gaggle
            .delete_project(
                &crate::world::call(),
                &crate::world::alice(),
                &project.id,
                gaggle_core::service::Wait::Done,
            )
            .await,
    );
    let before = world.runtime.calls().len();
    world.runtime.plant(&project.id);
    world.runtime.set(&project.id, Workload::Running);
    look(&world).await;
    within(world.runtime.told(&RuntimeCall::Remove(project.id.clone()))).await;
    assert!(world.runtime.calls()[before..].contains(&RuntimeCall::Remove(project.id)));
}
