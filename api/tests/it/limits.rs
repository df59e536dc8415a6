//! How much of whoever comes is taken in, and what becomes of who brings more.

use crate::world::{World, request};
use axum::{Router, body::Body};
use futures_util::StreamExt as _;
use gaggle_api::http::{Limits, guard::Agents, router};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Serves what is given at an address of loopback, to so many at once.
async fn serve(world: &World, router: Router, connections: usize) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (metrics, closing) = (world.app.metrics.clone(), world.app.closing.clone());
    tokio::spawn(gaggle_api::server::accept(listener, router, metrics, connections, closing));
    address
}

async fn connect(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the other side hangs up.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end too.
    let _ = timeout(LONG, stream.read_to_end(&mut text)).await.expect("it does not hang up");
    String::from_utf8_lossy(&text).into_owned()
}

fn head(more: &str) -> String {
    format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n")
}

#[tokio::test]
async fn so_many_connections_are_served_at_once_and_further_ones_wait() {
    let world = World::new().await;
    let address = serve(&world, router(world.app.clone()), 2).await;
    let (one, two) = (connect(address, "GET ").await, connect(address, "GET ").await);
    let mut third = connect(address, &head("")).await;
    let mut byte = [0];
    let early = timeout(Duration::from_millis(300), third.read(&mut byte)).await;
    assert!(early.is_err(), "it was served beside two others: {early:?}");
    drop(one);
    assert!(rest(third).await.contains("ok\n"), "its turn came");
    assert!(rest(connect(address, &head("")).await).await.contains("ok\n"));
    drop(two);
}

#[tokio::test]
async fn heads_are_bounded_in_number_and_bytes() {
    let world = World::new().await;
    let address = serve(&world, router(world.app.clone()), 64).await;
    let many = |count: usize| (0..count).map(|n| format!("X-{n}: x\r\n")).collect::<String>();
    let long = |bytes: usize| format!("X-Long: {}\r\n", "x".repeat(bytes));
    for (what, more, status) in [
        ("a common head", many(90), "200"),
        ("too many headers", many(101), "431"),
        ("a long head", long(48 * 1024), "200"),
        ("too long a head", long(256 * 1024), "431"),
    ] {
        let answer = rest(connect(address, &head(&more)).await).await;
        assert_eq!(answer.get(9..12), Some(status), "{what}: {answer}");
    }
    world.get("/healthz").await.ok(200);
}

// The clock stands, and goes on by itself whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_to_its_end_is_not_waited_for() {
    let world = World::new().await;
    let address = serve(&world, router(world.app.clone()), 64).await;
    let began = tokio::time::Instant::now();
    for begun in ["", "GET /healthz HTTP/1.1\r\nHost: loc"] {
        let mut answer = Vec::new();
        // No time limit of its own: a clock that jumps would reach it before what is under way comes.
        connect(address, begun).await.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    assert!(began.elapsed() >= Duration::from_secs(30), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_to_its_end_is_not_waited_for() {
    let world = World::with(Limits::default()).await;
    let begun = futures_util::stream::iter([Ok::<_, std::io::Error>("{\"name\": ")]);
    let body = Body::from_stream(begun.chain(futures_util::stream::pending()));
    let create = request("POST", "/api/users/alice/projects").header("content-type", "application/json");
    let began = tokio::time::Instant::now();
    let answer = world.send(create.body(body).unwrap()).await;
    let problem = answer.problem(408, "invalid_request");
    assert!(problem["detail"].as_str().unwrap().contains("too long"), "{problem}");
    assert_eq!(began.elapsed().as_secs(), 30);
    let list = world.get("/api/users/alice/projects").await.ok(200).json();
    assert_eq!(list["items"], serde_json::json!([]), "nothing was made of half a body");
}

#[tokio::test]
async fn a_panic_is_one_answer_and_the_server_goes_on() {
    let world = World::new().await;
    let mut app = world.app.clone();
    // What looks at addresses breaks for one of them.
    app.agents = Agents::known(|address| async move {
        assert_ne!(address.to_string(), "127.0.0.2", "sk-secret");
        false
    });
    let address = serve(&world, router(app), 64).await;
    let from = |host: [u8; 4]| async move {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((host, 0))).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        stream.write_all(head("X-Request-Id: mine-12345678\r\n").as_bytes()).await.unwrap();
        rest(stream).await
    };
    for _ in 0..3 {
        let answer = from([127, 0, 0, 2]).await;
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(answer.to_lowercase().contains("application/problem+json"), "{answer}");
        let problem: serde_json::Value =
            serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        assert_eq!((&problem["code"], &problem["requestId"]), (&"internal".into(), &"mine-12345678".into()));
        assert!(!answer.contains("sk-secret") && !answer.contains("agents"), "{answer}");
        assert!(from([127, 0, 0, 1]).await.contains("200 OK"), "the next is served");
    }
}
