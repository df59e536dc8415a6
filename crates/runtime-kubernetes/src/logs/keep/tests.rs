use super::*;
use crate::{
    client::{Credentials, Secret},
    state::Key as Place,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
const LINE: &[u8] = b"25\r\n2026-11-23T21:00:00Z the last words.\n\r\n";

/// An API server that is asked for a log.
async fn asked(server: &TcpListener) -> TcpStream {
    let (mut stream, _) = server.accept().await.unwrap();
    let mut request = vec![0; 4096];
    let read = stream.read(&mut request).await.unwrap();
    assert!(String::from_utf8_lossy(&request[..read]).contains("/pods/x/log?"));
    stream.write_all(HEAD).await.unwrap();
    stream.write_all(LINE).await.unwrap();
    stream
}

async fn keeper(dir: &std::path::Path) -> (Keeper, TcpListener) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", server.local_addr().unwrap());
    let credentials = Credentials::Token { host, token: Secret::new("t"), ca: None };
    (Keeper::new(Connection::new(credentials), dir.join("logs")), server)
}

fn closing(project: &ProjectId) -> Closing {
    let pod = Place { namespace: "user-a".into(), name: "x".into() };
    Closing { project: project.clone(), pod, uid: "u".into(), previous: false, restarts: 0 }
}

#[tokio::test]
async fn what_a_pod_says_until_it_ends_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (keeper, server) = keeper(dir.path()).await;
    let project = ProjectId::parse("p1").unwrap();
    keeper.keep(closing(&project));
    let mut stream = asked(&server).await;
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    keeper.settled(&["u".into()], Duration::from_secs(10)).await;
    let kept = keeper.read(&project).await;
    assert_eq!(kept.iter().map(|line| &*line.text).collect::<Vec<_>>(), ["the last words."]);
}

#[tokio::test]
async fn what_is_forgotten_while_it_is_read_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let (keeper, server) = keeper(dir.path()).await;
    let project = ProjectId::parse("p1").unwrap();
    keeper.keep(closing(&project));
    let mut stream = asked(&server).await;
    keeper.forget(&project).await.unwrap();
    // The pod ends after that.
    let _ = stream.write_all(b"0\r\n\r\n").await;
    keeper.settled(&["u".into()], Duration::from_secs(10)).await;
    assert!(keeper.read(&project).await.is_empty());
    assert!(!dir.path().join("logs/p1.log").exists());
}
