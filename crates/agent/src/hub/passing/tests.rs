use super::*;
use std::time::Duration;
use tokio::time::timeout;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

fn project() -> ProjectId {
    ProjectId::parse("p1").unwrap()
}

async fn next(outgoing: &mut mpsc::Receiver<FromServer>) -> Pass {
    match timeout(LONG, outgoing.recv()).await.expect("nothing is said") {
        Some(FromServer::Pass(pass)) => pass,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_hangs_up_without_taking_anything_is_given_up() {
    let (served, mut tunnels) = Tunnels::new();
    let (passing, mut outgoing) = Passing::new(&project(), Some(&served));
    passing.heard(Pass::Open { client: 1 });
    let (mut texts, to) = tunnels.next().await.unwrap().accept();
    for n in 0..WINDOW {
        to.send(n.to_string()).await.unwrap();
        assert_eq!(next(&mut outgoing).await, Pass::Text { client: 1, text: n.to_string() });
    }
    to.send("one too many".into()).await.unwrap();
    passing.heard(Pass::Close { client: 1, reason: String::new() });
    timeout(LONG, to.closed()).await.expect("its place is held for ever");
    assert_eq!(timeout(LONG, texts.recv()).await.unwrap(), None);
    assert_eq!(next(&mut outgoing).await, Pass::Close { client: 1, reason: String::new() });
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_said_also_over_a_link_that_is_full() {
    let (served, mut tunnels) = Tunnels::new();
    let (passing, mut outgoing) = Passing::new(&project(), Some(&served));
    while passing.link.try_send(FromServer::Ping).is_ok() {}
    passing.heard(Pass::Open { client: 1 });
    tunnels.next().await.unwrap().refuse("no place");
    for _ in 0..OUTGOING {
        assert_eq!(outgoing.recv().await, Some(FromServer::Ping));
    }
    assert_eq!(next(&mut outgoing).await, Pass::Close { client: 1, reason: "no place".into() });
}

#[tokio::test(start_paused = true)]
async fn refusals_that_nobody_reads_are_bounded() {
    let (served, tunnels) = Tunnels::new();
    let (passing, mut outgoing) = Passing::new(&project(), Some(&served));
    for client in 0..1000 {
        passing.heard(Pass::Open { client });
    }
    drop((passing, tunnels));
    let mut said = 0;
    while timeout(LONG, outgoing.recv()).await.unwrap().is_some() {
        said += 1;
    }
    assert_eq!(said, OUTGOING + REFUSALS);
}
