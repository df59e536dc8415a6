use crate::stub::{GOOD, World, project};
use futures_util::StreamExt as _;
use gaggle_core::port::{LogLines, Runtime as _};
use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    time::Duration,
};
use tokio::time::timeout;

async fn next(lines: &mut LogLines) -> Option<String> {
    timeout(Duration::from_secs(10), lines.next()).await.expect("no line comes")
}

async fn all(lines: LogLines) -> Vec<String> {
    timeout(Duration::from_secs(10), lines.collect()).await.expect("it does not end")
}

fn append(world: &World, text: &str) {
    let path = world.place().join("logs/agent.log");
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn rotate(world: &World) {
    let logs = world.place().join("logs");
    fs::rename(logs.join("agent.log"), logs.join("agent.log.1")).unwrap();
}

async fn asleep() -> World {
    let world = World::new(GOOD);
    world.started("token").await;
    world.runtime.stop(&project(), Duration::from_secs(10)).await.unwrap();
    fs::remove_file(world.place().join("logs/agent.log")).unwrap();
    world
}

#[tokio::test]
async fn asleep_the_last_lines_are_there_over_a_rotation() {
    let world = asleep().await;
    assert!(all(world.runtime.logs(&project(), 10, false).await.unwrap()).await.is_empty());
    append(&world, "one\ntwo\n");
    rotate(&world);
    append(&world, "three\r\n\nfo\u{fc}r");
    let runtime = &world.runtime;
    let read = |tail| async move { all(runtime.logs(&project(), tail, false).await.unwrap()).await };
    assert_eq!(read(100).await, ["one", "two", "three", "", "fo\u{fc}r"]);
    assert_eq!(read(2).await, ["", "fo\u{fc}r"]);
    assert!(read(0).await.is_empty());
}

#[tokio::test]
async fn no_more_than_a_mebibyte_is_read() {
    let world = asleep().await;
    let line = "x".repeat(1023);
    append(&world, &format!("{line}\n").repeat(1500));
    let lines = all(world.runtime.logs(&project(), usize::MAX, false).await.unwrap()).await;
    assert!((1020..=1024).contains(&lines.len()), "{}", lines.len());
    assert!(lines.iter().all(|read| *read == line));
}

#[tokio::test]
async fn a_follower_loses_no_line_over_rotations_and_ends_with_the_project() {
    let world = asleep().await;
    append(&world, "zero\nbefore\n");
    let mut lines = world.runtime.logs(&project(), 1, true).await.unwrap();
    assert_eq!(next(&mut lines).await.as_deref(), Some("before"));
    let mut seen = 0;
    for n in 0..300 {
        append(&world, &format!("half {n}"));
        append(&world, " whole\n");
        if n % 100 == 50 {
            rotate(&world);
        }
        // Sometimes several changes come together.
        if n % 7 == 0 || n == 299 {
            while seen <= n {
                assert_eq!(next(&mut lines).await, Some(format!("half {seen} whole")));
                seen += 1;
            }
        }
    }
    world.runtime.remove(&project(), None).await.unwrap();
    assert_eq!(next(&mut lines).await, None);
}

#[tokio::test]
async fn a_follower_may_come_before_the_first_start() {
    let world = World::new(GOOD);
    let mut lines = world.runtime.logs(&project(), 10, true).await.unwrap();
    let pid = world.started("token").await;
    assert_eq!(next(&mut lines).await, Some(format!("started {pid}")));
}
