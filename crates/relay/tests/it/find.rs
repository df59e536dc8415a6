//! What the relay says of the files in its workspace.

use crate::kit::{Conn, Home, Relay};
use gaggle_relay_protocol::{Find, Found, FromRelay, FromServer};
use std::fs;
use std::time::{Duration, Instant};

async fn found(conn: &mut Conn) -> Found {
    loop {
        if let FromRelay::Found(found) = conn.next().await.expect("the link stands") {
            return found;
        }
    }
}

async fn find(conn: &mut Conn, question: u64, wanted: &str, limit: usize) -> Vec<String> {
    conn.send(FromServer::Find(Find { question, wanted: wanted.into(), limit })).await;
    let found = found(conn).await;
    assert_eq!(found.question, question);
    found.paths
}

#[tokio::test]
async fn files_of_the_workspace_are_found_beside_all_else() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    assert!(conn.hello.finds);
    assert_eq!(find(&mut conn, 1, "", 9).await, [""; 0], "there is nothing yet");
    let work = relay.launch.workspace.clone();
    for folder in ["src", "out", ".git"] {
        fs::create_dir(work.join(folder)).unwrap();
    }
    for file in ["main.rs", "src/main.rs", "src/domain.rs", "out/main.o", ".git/main", ".main"] {
        fs::write(work.join(file), "x").unwrap();
    }
    fs::write(work.join(".gitignore"), "/out\n").unwrap();
    std::os::unix::fs::symlink(relay.dir.path(), work.join("main")).unwrap();
    assert_eq!(find(&mut conn, 2, "MAIN", 9).await, ["main.rs", "src/main.rs", "src/domain.rs"]);
    assert_eq!(find(&mut conn, 3, "main", 1).await, ["main.rs"]);
    // The next link, without a word of what was asked on the one before.
    conn.send(FromServer::Find(Find { question: 4, wanted: "main".into(), limit: 9 })).await;
    drop(conn.socket);
    let mut conn = home.welcome(conn.got).await;
    assert_eq!(find(&mut conn, 1, "domain", 9).await, ["src/domain.rs"]);
    // Goose came up meanwhile, and nothing of the stream waited.
    conn.up(1).await;
}

#[tokio::test]
async fn more_questions_than_may_be_open_are_not_answered() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    let work = relay.launch.workspace.clone();
    for folder in 0..40 {
        fs::create_dir(work.join(format!("{folder}"))).unwrap();
        for file in 0..50 {
            fs::write(work.join(format!("{folder}/{file}.txt")), "").unwrap();
        }
    }
    // In one breath, so that the first is not over when the last comes.
    for question in 1..=40 {
        conn.send(FromServer::Find(Find { question, wanted: "7.txt".into(), limit: 9 })).await;
    }
    let mut answered = until_pong(&mut conn).await;
    // The link is as good as ever, and so is the next question once there is place.
    let deadline = Instant::now() + Duration::from_secs(30);
    while answered.last() != Some(&99) {
        assert!(Instant::now() < deadline, "{answered:?}");
        conn.send(FromServer::Find(Find { question: 99, wanted: "0/7.txt".into(), limit: 1 })).await;
        answered.extend(until_pong(&mut conn).await);
    }
    // Those that were taken were answered before it.
    answered.retain(|question| *question != 99);
    assert!((1..40).contains(&answered.len()), "{answered:?}");
}

/// Which questions are answered before a pong.
async fn until_pong(conn: &mut Conn) -> Vec<u64> {
    let mut answered = Vec::new();
    conn.send(FromServer::Ping).await;
    loop {
        match conn.next().await.expect("the link stands") {
            FromRelay::Found(found) => answered.push(found.question),
            FromRelay::Pong => return answered,
            _ => {}
        }
    }
}
