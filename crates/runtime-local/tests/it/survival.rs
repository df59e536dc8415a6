use crate::stub::{GOOD, MESSY, Steps, World, changed, kill, project};
use gaggle_core::port::{Runtime as _, Workload};
use std::{fs, process::Stdio, time::Duration};

#[tokio::test]
async fn the_next_server_finds_the_relay_and_hears_of_its_end() {
    let world = World::new(GOOD);
    let pid = world.started("token").await;
    let next = world.restarted();
    assert_eq!(next.observe(&project()).await.unwrap(), Workload::Running);
    next.start(&world.spec("token"), &Steps::default()).await.unwrap();
    assert_eq!(world.pid(), pid);
    let mut changes = next.changes();
    kill(pid);
    changed(&mut changes).await;
    assert_ne!(next.observe(&project()).await.unwrap(), Workload::Running);
}

#[tokio::test]
async fn a_killed_relay_is_announced_and_what_it_left_is_ended_before_the_next_start() {
    let world = World::new(MESSY);
    let pid = world.started("token").await;
    let mut changes = world.runtime.changes();
    kill(pid);
    changed(&mut changes).await;
    // What it had started lives: something is there, but no agent.
    assert_eq!(world.observed().await, Workload::Stopping);
    let next = world.started("token").await;
    assert_ne!(pid, next);
    assert_eq!(world.observed().await, Workload::Running);
}

#[tokio::test]
async fn a_relay_that_was_started_but_not_noted_is_found_by_its_marks() {
    let world = World::new(GOOD);
    let pid = world.started("token").await;
    fs::remove_file(world.place().join("relay.pid")).unwrap();
    let next = world.restarted();
    assert_eq!(next.observe(&project()).await.unwrap(), Workload::Running);
    next.start(&world.spec("token"), &Steps::default()).await.unwrap();
    let log = fs::read_to_string(world.place().join("logs/agent.log")).unwrap();
    assert_eq!(log, format!("started {pid}\n"));
    next.stop(&project(), Duration::from_secs(10)).await.unwrap();
    assert_eq!(next.observe(&project()).await.unwrap(), Workload::Absent);
}

#[tokio::test]
async fn a_stranger_under_a_noted_pid_is_never_signalled() {
    let world = World::new(GOOD);
    world.started("token").await;
    world.runtime.stop(&project(), Duration::from_secs(10)).await.unwrap();
    let mut stranger = std::process::Command::new("sleep")
        .arg("1000")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", stranger.id())).unwrap();
    let start: u64 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap();
    let noted = serde_json::json!({"pid": stranger.id(), "start": start, "launch": "x"});
    fs::write(world.place().join("relay.pid"), noted.to_string()).unwrap();
    assert_eq!(world.observed().await, Workload::Absent);
    world.runtime.stop(&project(), Duration::ZERO).await.unwrap();
    assert!(stranger.try_wait().unwrap().is_none());
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}
