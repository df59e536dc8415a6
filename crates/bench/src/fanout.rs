//! The least that can write the same to a thousand readers: what the machine itself costs them.
//! A process of its own, as the server is.

use anyhow::{Context as _, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::broadcast::{Receiver, channel};

/// The other process. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Fanout {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Fanout {
    /// Starts this program again, as one that writes.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) async fn start() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--fanout").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let address = lines.next_line().await?.context("it ended")?.parse()?;
        Ok(Self { child, address })
    }

    /// Has it write a round of so many events.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) async fn round(&mut self, events: usize) -> Result<()> {
        let orders = self.child.stdin.as_mut().context("no input")?;
        Ok(orders.write_all(format!("{events}\n").as_bytes()).await?)
    }
}

/// The other process: prints its address, then writes a round for each number on standard input.
///
/// # Errors
/// It cannot listen.
pub(crate) async fn run(pause: Duration) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    let (sender, _) = channel::<Arc<[u8]>>(1024);
    let source = sender.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(reader(stream, source.subscribe()));
        }
    });
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    let mut seq = 0;
    while let Some(events) = orders.next_line().await? {
        for left in (0..events.parse::<u64>()?).rev() {
            seq += 1;
            let kind = if left == 0 { "turn.ended" } else { "message.delta" };
            let data = "x".repeat(220);
            let frame = format!("id: {seq}\nevent: {kind}\ndata: {data}\n\n");
            let chunk = format!("{:x}\r\n{frame}\r\n", frame.len());
            // Nobody listening is no error.
            sender.send(chunk.into_bytes().into()).ok();
            tokio::time::sleep(pause).await;
        }
    }
    Ok(())
}

async fn reader(mut stream: TcpStream, mut events: Receiver<Arc<[u8]>>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        anyhow::ensure!(stream.read_buf(&mut request).await? > 0, "gone");
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n: open\n\n\r\n").await?;
    while let Ok(chunk) = events.recv().await {
        stream.write_all(&chunk).await?;
    }
    Ok(())
}
