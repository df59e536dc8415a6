//! The least of HTTP/1.1 that the measurements need: one connection, one call at a time, nothing between
//! the socket and the clock.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Http {
    stream: TcpStream,
    host: SocketAddr,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: u16,
    /// The body as it came over the wire.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The body of an answer with this status.
    ///
    /// # Errors
    /// Another status, or no JSON.
    pub(crate) fn json(&self, status: u16) -> Result<Value> {
        if self.status != status {
            bail!("status {} instead of {status}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        serde_json::from_slice(&self.body).context("not JSON")
    }
}

impl Http {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub(crate) async fn connect(host: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Reads with GET; more header lines in `headers`, each with its line break.
    ///
    /// # Errors
    /// The connection broke, or the answer is beyond this client.
    pub(crate) async fn get(&mut self, path: &str, headers: &str) -> Result<Reply> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", self.host);
        self.call(&request).await
    }

    /// Sends JSON with POST.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(crate) async fn post(&mut self, path: &str, headers: &str, body: &Value) -> Result<Reply> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            self.host,
            body.len(),
        );
        self.call(&request).await
    }

    /// Asks with DELETE.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(crate) async fn delete(&mut self, path: &str) -> Result<Reply> {
        let request = format!("DELETE {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.host);
        self.call(&request).await
    }

    async fn call(&mut self, request: &str) -> Result<Reply> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let head_end = loop {
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).to_ascii_lowercase();
        let status = head.get(9..12).and_then(|text| text.parse().ok()).context("no status")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
        let length: usize = length.with_context(|| format!("an answer without a length:\n{head}"))?;
        while self.buffer.len() < head_end + length {
            self.more().await?;
        }
        Ok(Reply { status, body: self.buffer[head_end..head_end + length].to_vec() })
    }

    async fn more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => bail!("the server closed the connection"),
            _ => Ok(()),
        }
    }
}
