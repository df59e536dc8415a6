use crate::world::{World, alice, call, done, within};
use gaggle_core::{port::Store as _, service::Wait};
use gaggle_shared::Phase;
use gaggle_testkit::store::{MemoryStore, Written, superseded};
use std::time::Duration;

#[tokio::test]
async fn a_late_batch_is_seen_by_nobody() {
    let disk = MemoryStore::new();
    superseded::a_late_batch_is_seen_by_nobody([(); 4].map(|()| disk.clone())).await;
}

/// Waits until the journal in the store holds all that the record knows of.
async fn stored(world: &World, id: &gaggle_shared::ProjectId) {
    within(async {
        loop {
            world.clock.advance(Duration::from_millis(60));
            let record = world.disk.load(id).await.unwrap().unwrap();
            let last = record.outbox.last().map_or(0, |entry| entry.event.seq);
            if world.disk.journal_end(id).await.unwrap().0 >= last && record.turns.is_empty() {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_project_at_rest_is_loaded_by_the_next_server_without_a_write() {
    let mut world = World::new().await;
    let project = world.create("one").await;
    within(world.send(&project.id, "hello")).await.unwrap();
    done(within(world.gaggle.deactivate(&call(), &alice(), &project.id, Wait::Done)).await);
    world.in_phase(&project.id, Phase::Inactive).await;
    stored(&world, &project.id).await;
    world.crash().await;
    let seen = world.events(&project.id, 0).await.next().await;
    assert_eq!((seen.seq, world.store.writes()), (1, vec![Written::Instance]));
    // What it writes first makes it its own, and goes on behind all that was.
    within(world.send(&project.id, "again")).await.unwrap();
}

#[tokio::test]
async fn a_running_project_is_taken_over_with_two_writes() {
    let mut world = World::new().await;
    let project = world.create("one").await;
    within(world.send(&project.id, "hello")).await.unwrap();
    stored(&world, &project.id).await;
    world.crash().await;
    let writes = world.store.writes();
    let [Written::Instance, Written::Replace(..), Written::Append(_, first, last), ..] = writes[..] else {
        panic!("{writes:?}")
    };
    let record = world.disk.load(&project.id).await.unwrap().unwrap();
    assert!(first < last && last <= record.reserved, "{first} to {last} is sealed, {}", record.reserved);
}
