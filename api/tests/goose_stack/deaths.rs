//! Goose or its relay dies in mid-turn.

use crate::{
    chat::deaths::{Victim, in_mid_turn},
    harness::World,
};

async fn dies(victim: Victim) {
    let world = World::new().await;
    let project = in_mid_turn(&world, victim).await;
    let (relay, goose) = (project.relay(world.folder()), project.goose(world.folder()));
    assert_ne!(relay.pid, goose.pid);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goose_dies_in_mid_turn() {
    dies(Victim::Goose).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relay_dies_in_mid_turn() {
    dies(Victim::Relay).await;
}
