//! The port: `/health` and `/status` for everybody, `/acp` for who has the key.

use super::{Config, link, sessions::Sessions};
use std::io::{Error, Result};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;

/// Serves until the process ends.
///
/// # Errors
/// Its state cannot be written, or nothing can be accepted.
pub async fn serve(listener: TcpListener, config: Config) -> Result<()> {
    let (sessions, config) = (Arc::new(Sessions::open(&config.root)?), Arc::new(config));
    loop {
        let (tcp, _) = listener.accept().await?;
        let (sessions, config) = (Arc::clone(&sessions), Arc::clone(&config));
        tokio::spawn(async move {
            if let Err(error) = enter(tcp, &sessions, &config).await {
                eprintln!("a connection ended: {error}");
            }
        });
    }
}

async fn enter(mut tcp: TcpStream, sessions: &Arc<Sessions>, config: &Config) -> Result<()> {
    let mut start = [0; 64];
    let size = tcp.peek(&mut start).await?;
    let start = String::from_utf8_lossy(&start[..size]).into_owned();
    if start.starts_with("GET /health ") || start.starts_with("GET /status ") {
        tcp.read_exact(&mut vec![0; size]).await?;
        return tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await;
    }
    tcp.set_nodelay(true)?;
    #[expect(clippy::result_large_err, reason = "the crate's own signature")]
    let check = |request: &Request, response: Response| {
        if request.uri().path() != "/acp" {
            return Err(refusal(StatusCode::NOT_FOUND));
        }
        match request.headers().get("x-secret-key") {
            Some(key) if key.as_bytes() == config.key.as_bytes() => Ok(response),
            _ => Err(refusal(StatusCode::UNAUTHORIZED)),
        }
    };
    let socket = tokio_tungstenite::accept_hdr_async(tcp, check).await.map_err(Error::other)?;
    link::talk(socket, sessions, config.initialize).await
}

fn refusal(status: StatusCode) -> ErrorResponse {
    let mut refusal = ErrorResponse::new(None);
    *refusal.status_mut() = status;
    refusal
}
