//! Many who connect to the relay's port and say nothing.

use crate::kit::{Home, Relay};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// A connection from this address of loopback.
async fn silent(from: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, from], 0))).unwrap();
    socket.connect(to).await.unwrap()
}

async fn is_closed(stream: &mut TcpStream, within: Duration) -> bool {
    let read = timeout(within, stream.read(&mut [0])).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

#[tokio::test]
async fn who_says_nothing_keeps_nobody_out() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let conn = home.welcome(Default::default()).await;
    let endpoint = conn.hello.endpoint.clone().unwrap();
    let port = endpoint.strip_prefix("http://").unwrap().parse().unwrap();
    let mut earlier = silent(9, port).await;
    let mut crowd = Vec::new();
    for _ in 0..64 {
        crowd.push(silent(1, port).await);
    }
    let begun = Instant::now();
    assert_eq!(relay.probe(&endpoint, "/livez").await, (200, "ok".to_owned()));
    assert!(begun.elapsed() < Duration::from_secs(2), "it waited for the silent: {:?}", begun.elapsed());
    assert!(is_closed(&mut crowd[0], Duration::from_secs(2)).await, "the oldest of the crowd is still there");
    assert!(
        !is_closed(&mut earlier, Duration::from_millis(100)).await,
        "one address takes the place of another"
    );
    // And from many addresses.
    for n in 0..64 {
        crowd.push(silent(10 + n / 8, port).await);
    }
    let begun = Instant::now();
    assert_eq!(relay.probe(&endpoint, "/livez").await, (200, "ok".to_owned()));
    assert!(begun.elapsed() < Duration::from_secs(2), "it waited for the silent: {:?}", begun.elapsed());
}
