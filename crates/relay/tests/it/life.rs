//! Processes: one relay per volume, and nothing of it left behind.

use crate::kit::{Conn, Home, Relay, eventually, note, processes_of};
use gaggle_relay_protocol::{CommandBody, Frame, Note, Payload};
use rustix::process::{Pid, Signal, kill_process};
use std::io::Read;
use std::time::{Duration, Instant};

async fn begin() -> (Home, Relay, Conn) {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    (home, relay, conn)
}

async fn running(relay: &Relay, what: &str) -> i32 {
    eventually(what, || {
        processes_of(relay.dir.path())
            .into_iter()
            .find(|(_, line)| line.starts_with(what))
            .map(|(pid, _)| pid)
    })
    .await
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

/// A turn whose tool has started a daemon (in a session of its own, its parent gone), and one that stays.
async fn with_sleepers(relay: &Relay, conn: &mut Conn) {
    let session = conn.session().await;
    conn.prompt("t1", &session, "run (setsid sleep 1000 >/dev/null 2>&1 &); sleep 1001").await;
    running(relay, "sleep 1000").await;
    running(relay, "sleep 1001").await;
}

#[tokio::test]
async fn sigkill_of_the_relay_leaves_nothing_alive() {
    let (home, mut relay, mut conn) = begin().await;
    with_sleepers(&relay, &mut conn).await;
    relay.signal(Signal::KILL);
    relay.ended().await;
    eventually("all processes end", || processes_of(relay.dir.path()).is_empty().then_some(())).await;
    relay.start();
    home.welcome(Default::default()).await.up(1).await;
}

#[tokio::test]
async fn sigkill_of_the_shim_leaves_nothing_of_that_start_alive() {
    let (_home, relay, mut conn) = begin().await;
    with_sleepers(&relay, &mut conn).await;
    let before = processes_of(relay.dir.path());
    kill(running(&relay, "gaggle-relay-shim").await);
    conn.up(2).await;
    let after = processes_of(relay.dir.path());
    assert!(
        before.iter().all(|(pid, _)| after.iter().all(|(other, _)| other != pid)),
        "{before:?} {after:?}"
    );
}

/// Only this is beyond the shim's reach: what survives holds the lock, and the next relay ends it.
#[tokio::test]
async fn what_survives_relay_and_shim_is_ended_by_the_next_relay_before_it_begins() {
    let (home, mut relay, mut conn) = begin().await;
    with_sleepers(&relay, &mut conn).await;
    let left = running(&relay, "sleep 1000").await;
    let shim = running(&relay, "gaggle-relay-shim").await;
    for process in [shim, relay.pid() as i32] {
        kill_process(Pid::from_raw(process).unwrap(), Signal::STOP).unwrap();
    }
    relay.signal(Signal::KILL);
    kill(shim);
    relay.ended().await;
    assert!(processes_of(relay.dir.path()).iter().any(|(pid, _)| *pid == left), "the test's own premise");
    let lock = std::fs::File::open(relay.launch.state_dir.join("lock")).unwrap();
    let flock = rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive);
    assert_eq!(flock, Err(rustix::io::Errno::WOULDBLOCK));
    relay.start();
    let conn = home.welcome(Default::default()).await;
    assert_eq!(conn.hello.incarnation, 2);
    assert!(processes_of(relay.dir.path()).iter().all(|(pid, _)| *pid != left));
}

#[tokio::test]
async fn sigterm_ends_all_and_what_was_said_arrives() {
    let (_home, mut relay, mut conn) = begin().await;
    with_sleepers(&relay, &mut conn).await;
    relay.signal(Signal::TERM);
    conn.until(|frame| matches!(note(frame), Some(Note::AgentEnding { start: 1 }))).await;
    conn.until(|frame| matches!(note(frame), Some(Note::AgentDown { last: false, .. }))).await;
    conn.ack().await;
    assert_eq!(relay.ended().await.code(), Some(0));
    assert!(processes_of(relay.dir.path()).is_empty());
}

/// What was said stays undelivered: nobody can acknowledge it, so nothing is waited for.
#[tokio::test]
async fn sigterm_while_nobody_is_home_ends_at_once() {
    let (home, mut relay, conn) = begin().await;
    drop((home, conn));
    relay.logged("no link to the server").await;
    let began = Instant::now();
    relay.signal(Signal::TERM);
    assert_eq!(relay.ended().await.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn stop_ends_all() {
    let (_home, mut relay, mut conn) = begin().await;
    conn.command("stop", CommandBody::Stop { grace_ms: 1_000 }).await;
    conn.until(|frame| matches!(note(frame), Some(Note::AgentDown { .. }))).await;
    conn.ack().await;
    assert_eq!(relay.ended().await.code(), Some(0));
    assert!(conn.got.done.contains(&"stop".to_owned()));
}

#[tokio::test]
async fn a_second_relay_on_the_volume_is_refused() {
    let (_home, relay, mut conn) = begin().await;
    let mut second = relay.spawn();
    let status = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        second.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        (second.wait().unwrap().code(), text)
    });
    let (code, text) = status.await.unwrap();
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains(&format!("process {}", relay.pid())), "{text}");
    conn.session().await;
}

#[tokio::test]
async fn goose_killed_under_a_living_relay_is_reported_after_its_last_frame_and_started_again() {
    let (_home, relay, mut conn) = begin().await;
    let session = conn.session().await;
    conn.prompt("t1", &session, "count to 1000 slowly").await;
    conn.until(|frame| crate::kit::says(frame).is_some()).await;
    kill(running(&relay, relay.launch.goose.to_str().unwrap()).await);
    let down = conn.until(|frame| matches!(note(frame), Some(Note::AgentDown { .. }))).await;
    assert!(matches!(
        note(&down),
        Some(Note::AgentDown { start: 1, exit_code: None, signal: Some(9), last: false, .. })
    ));
    conn.up(2).await;
    let after: Vec<&Frame> = conn.got.frames.iter().filter(|frame| frame.n > down.n).collect();
    assert!(matches!(note(after[0]), Some(Note::AgentUp { start: 2, .. })), "{after:?}");
    let params = serde_json::json!({ "sessionId": session, "cwd": conn.hello.workspace, "mcpServers": [] });
    conn.request("load:1", "session/load", params).await;
    conn.prompt("t2", &session, "count to 3").await;
    assert_eq!(conn.turn_end("t2").await, "end_turn");
}

#[tokio::test]
async fn a_goose_that_keeps_ending_is_a_crash_loop_and_one_that_hangs_is_unresponsive() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    let script = |relay: &Relay, text: &str| {
        let file = relay.dir.path().join("goose");
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        file
    };
    relay.launch.goose = script(&relay, "#!/bin/sh\necho no luck today >&2\nexit 7\n");
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    let down = conn.until(|frame| matches!(note(frame), Some(Note::AgentDown { last: true, .. }))).await;
    let Some(Note::AgentDown { start, exit_code, last_lines, .. }) = note(&down) else { unreachable!() };
    assert_eq!((*start, *exit_code, last_lines.as_str()), (5, Some(7), "no luck today\n"));
    let (status, why) = relay.health(conn.hello.endpoint.as_deref().unwrap()).await;
    assert_eq!((status, why.as_str()), (503, "goose ended with exit code 7, not started again"));

    let mut relay = Relay::new(&home.url());
    relay.launch.goose = script(&relay, "#!/bin/sh\nsleep 1000\n");
    relay.launch.initialize_ms = 200;
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.until(|frame| matches!(note(frame), Some(Note::AgentUnresponsive { start: 1, last: false, .. })))
        .await;
    // However long each of them hung: an agent that is up for the server would else be awaited for ever.
    conn.until(|frame| matches!(note(frame), Some(Note::AgentUnresponsive { start: 3, last: true, .. })))
        .await;
}

#[tokio::test]
async fn goose_sees_only_what_it_is_given() {
    let (_home, relay, mut conn) = begin().await;
    let goose = running(&relay, relay.launch.goose.to_str().unwrap()).await;
    let environ = std::fs::read(format!("/proc/{goose}/environ")).unwrap();
    let environ = String::from_utf8(environ).unwrap();
    let mut names: Vec<&str> =
        environ.split_terminator('\0').map(|pair| pair.split_once('=').unwrap().0).collect();
    names.sort_unstable();
    let expected = [
        "GOOSE_DISABLE_KEYRING",
        "GOOSE_MODE",
        "GOOSE_MODEL",
        "GOOSE_PATH_ROOT",
        "GOOSE_PROVIDER",
        "GOOSE_SERVER__SECRET_KEY",
        "GOOSE_TELEMETRY_ENABLED",
        "HOME",
        "OPENAI_API_KEY",
        "OPENAI_HOST",
        "PATH",
    ];
    assert_eq!(names, expected);
    assert!(!environ.contains("home-token"));
    let session = conn.session().await;
    conn.prompt("t1", &session, "run pwd").await;
    conn.turn_end("t1").await;
    assert!(conn.text().contains(&conn.hello.workspace));
    let sent = |frame: &Frame| matches!(&frame.payload, Payload::Acp(_));
    assert!(conn.got.frames.iter().any(sent));
}

#[tokio::test]
async fn it_stays_within_single_digit_megabytes() {
    let (_home, relay, mut conn) = begin().await;
    let session = conn.session().await;
    conn.prompt("t1", &session, "count to 2000").await;
    conn.turn_end("t1").await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", relay.pid())).unwrap();
    // Code that was not optimised is several times what is shipped (5 MB as a static binary, all of it
    // counted): such a build is held to what it has in memory beside its code.
    let (what, most) = if cfg!(debug_assertions) { ("RssAnon:", 5_000) } else { ("VmRSS:", 10_000) };
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    let resident: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    println!("resident: {resident} kB");
    assert!(resident < most, "{line}");
}
