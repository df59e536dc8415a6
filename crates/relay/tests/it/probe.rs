//! What the relay says of addresses that it was asked to try.

use crate::kit::{Conn, Home, Relay};
use gaggle_relay_protocol::{FromRelay, FromServer, Probe, Probed};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

async fn open() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn probed(conn: &mut Conn, forbidden: SocketAddr, allowed: SocketAddr) -> Probed {
    conn.send(FromServer::Probe(Probe { forbidden, allowed })).await;
    loop {
        if let FromRelay::Probed(probed) = conn.next().await.expect("the link stands") {
            return probed;
        }
    }
}

#[tokio::test]
async fn what_can_be_reached_is_told_beside_all_else() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    let (_listens, one) = open().await;
    let (gone, two) = open().await;
    drop(gone);
    let walled = probed(&mut conn, two, one).await;
    assert_eq!(walled, Probed { forbidden: false, allowed: true });
    // Open at first: the walls may come late, so that it is tried for a while.
    let begun = Instant::now();
    let bare = probed(&mut conn, one, two).await;
    assert_eq!(bare, Probed { forbidden: true, allowed: false });
    assert!(begun.elapsed() >= Duration::from_secs(4), "it was tried again: {:?}", begun.elapsed());
    // Goose came up meanwhile, and nothing of the stream waited.
    conn.up(1).await;
}

#[tokio::test]
async fn walls_that_come_a_little_late_are_walls() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    let (_listens, allowed) = open().await;
    let (late, forbidden) = open().await;
    tokio::spawn(async move {
        late.accept().await.unwrap();
        drop(late);
    });
    assert_eq!(probed(&mut conn, forbidden, allowed).await, Probed { forbidden: false, allowed: true });
}
