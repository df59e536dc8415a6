//! Reading server-sent events straight from the socket.

use anyhow::{Result, bail};
use rustix::net::sockopt::set_socket_recv_buffer_size;
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One event as it came.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Its id: the seq.
    pub(crate) seq: u64,
    /// Its type.
    pub(crate) kind: String,
    /// Its JSON.
    pub(crate) data: String,
    /// When the read that completed it returned.
    pub(crate) at: Instant,
}

/// A reader of a project's journal.
#[derive(Debug)]
pub(crate) struct Sse {
    stream: TcpStream,
    buffer: Vec<u8>,
    at: Instant,
}

impl Sse {
    /// Asks for the events after `cursor` and waits until the stream is open. Of a reader that is to stall,
    /// the system keeps as little as it can.
    ///
    /// # Errors
    /// Nobody listens, or it answers otherwise.
    pub(crate) async fn open(host: SocketAddr, path: &str, cursor: u64, stalls: bool) -> Result<Self> {
        let stream = TcpStream::connect(host).await?;
        if stalls {
            set_socket_recv_buffer_size(&stream, 1)?;
        }
        stream.set_nodelay(true)?;
        let mut sse = Self { stream, buffer: Vec::with_capacity(4096), at: Instant::now() };
        let request = format!(
            "GET {path}/events HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\nlast-event-id: {cursor}\r\n\r\n"
        );
        sse.stream.write_all(request.as_bytes()).await?;
        // The server opens with a comment.
        while !sse.buffer.windows(8).any(|eight| eight == b": open\n\n") {
            sse.more().await?;
        }
        if !sse.buffer.starts_with(b"HTTP/1.1 200") {
            bail!("no stream: {}", String::from_utf8_lossy(&sse.buffer));
        }
        Ok(sse)
    }

    /// The next event.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) async fn next(&mut self) -> Result<Frame> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|two| two == b"\n\n") {
                let frame = read(&self.buffer[..end], self.at);
                self.buffer.drain(..end + 2);
                if let Some(frame) = frame {
                    return Ok(frame);
                }
            }
            self.more().await?;
        }
    }

    /// Bytes on this machine's both ends of the connection that were written and not read (`/proc/net/tcp`).
    ///
    /// # Errors
    /// The system does not say.
    pub(crate) fn unread(&self) -> Result<u64> {
        let (near, far) = (self.stream.local_addr()?.port(), self.stream.peer_addr()?.port());
        let (near, far) = (format!(":{near:04X}"), format!(":{far:04X}"));
        let mut unread = 0;
        for line in std::fs::read_to_string("/proc/net/tcp")?.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (Some(local), Some(remote), Some(queues)) = (fields.get(1), fields.get(2), fields.get(4))
            else {
                continue;
            };
            let queues = queues.split_once(':');
            // Written at the far end, and arrived at ours.
            let bytes = match queues {
                Some((sent, _)) if local.ends_with(&far) && remote.ends_with(&near) => sent,
                Some((_, arrived)) if local.ends_with(&near) && remote.ends_with(&far) => arrived,
                _ => continue,
            };
            unread += u64::from_str_radix(bytes, 16)?;
        }
        Ok(unread)
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the stream");
        }
        self.at = Instant::now();
        Ok(())
    }
}

/// The event in a frame; none in a comment or an HTTP head. The server puts whole frames into a chunk, so that
/// HTTP's own lines stand between them and never within.
fn read(bytes: &[u8], at: Instant) -> Option<Frame> {
    let text = std::str::from_utf8(bytes).ok()?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let (seq, data) = (field("id: ")?.parse().ok()?, field("data: ")?);
    Some(Frame { seq, kind: field("event: ")?.to_owned(), data: data.to_owned(), at })
}

#[cfg(test)]
mod tests {
    use super::read;
    use std::time::Instant;

    #[test]
    fn a_frame_is_read_after_the_lines_of_http() {
        let frame = read(b"\r\n3a\r\nid: 7\nevent: usage\ndata: {\"seq\":7}", Instant::now()).unwrap();
        assert_eq!((frame.seq, frame.kind.as_str(), frame.data.as_str()), (7, "usage", "{\"seq\":7}"));
        assert!(read(b"\r\n10\r\n: still here", Instant::now()).is_none());
    }
}
