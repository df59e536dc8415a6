//! Calling relays that cannot call home: the server dials, and asks to be called back on that connection.

use super::{
    HANDSHAKE, Shared, Stream,
    handshake::{self, Greeted},
    line::Line,
    talk,
};
use async_trait::async_trait;
use gaggle_relay_protocol::{PATH, SUBPROTOCOL};
use gaggle_shared::ProjectId;
use std::{
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

/// How long a way to a relay's port may take to be found.
const DIALLING: Duration = Duration::from_secs(15);
/// Pauses between attempts grow from this to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Longest head of a relay's answer, in bytes.
const HEAD: u64 = 8 * 1024;

/// A way to a relay's port (`GOOSE_API_PORT` of its pod): its address, or through the API server.
#[async_trait]
pub trait Dial: Send + Sync + fmt::Debug {
    /// Connects to the relay of a project. May be called again and again while there is none.
    ///
    /// # Errors
    /// No way now; it is tried again.
    async fn dial(&self, project: &ProjectId) -> io::Result<Box<dyn Stream>>;
}

/// When relays are dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialling {
    /// Never: they call.
    Never,
    /// Where an admitted project's relay has not called for so long. Once that has led to a link, relays are
    /// dialled at once, until one calls by itself.
    Auto(Duration),
    /// Always, at once.
    Always,
}

/// Who dials and when.
#[derive(Debug)]
pub(super) struct Dialler {
    pub(super) how: Arc<dyn Dial>,
    pub(super) when: Dialling,
    /// A dialled relay came, and none has called since.
    pub(super) needed: AtomicBool,
}

impl Dialler {
    fn patience(&self) -> Duration {
        match self.when {
            Dialling::Auto(after) if !self.needed.load(Relaxed) => after,
            // Never is not asked; the others begin at once.
            _ => Duration::ZERO,
        }
    }
}

/// Sees to it that the relay of an admitted project is linked, until the admission is over.
pub(super) async fn keep(shared: Arc<Shared>, dialler: Arc<Dialler>, line: Arc<Line>) {
    let mut pause = Duration::ZERO;
    loop {
        // Looking for a link may be broken off at any point; a talk ends by itself, with a farewell.
        let (called_back, after) = tokio::select! {
            () = line.over.cancelled() => return,
            () = shared.closing.cancelled() => return,
            next = next(&shared, &dialler, &line, pause) => match next {
                Some(next) => next,
                None => return,
            },
        };
        pause = after;
        if let Some((line, hello, socket)) = called_back {
            talk::with(&shared, &line, hello, socket).await;
            pause = FIRST_PAUSE;
        }
    }
}

/// Waits for a call and dials if none comes: a relay that called back on that, if it did, and how long to wait
/// before dialling again. None: nobody can be linked any more.
async fn next(
    shared: &Shared,
    dialler: &Dialler,
    line: &Line,
    mut pause: Duration,
) -> Option<(Option<Greeted>, Duration)> {
    let mut linked = line.linked.subscribe();
    loop {
        // Whoever calls by itself in this time need not be dialled.
        let called = linked.wait_for(|linked| *linked);
        match timeout(dialler.patience().max(pause), called).await.map(|called| called.is_ok()) {
            Ok(true) => {
                pause = Duration::ZERO;
                linked.wait_for(|linked| !*linked).await.ok()?;
            }
            Ok(false) => return None,
            Err(_) => break,
        }
    }
    let longer = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
    let dialled = timeout(DIALLING, dialler.how.dial(&line.project)).await;
    let called_back = match dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(stream) => handshake::called_back(shared, &line.project, stream).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &called_back {
        // A pod that only comes up is not reached for a moment; that it goes on is worth a word.
        let there = error.kind() != io::ErrorKind::NotFound;
        if there && longer >= LONGEST_PAUSE && pause < LONGEST_PAUSE {
            tracing::warn!(project = %line.project, %error, "a relay cannot be dialled; trying again");
        } else {
            tracing::debug!(project = %line.project, %error, "a relay could not be dialled");
        }
        if there {
            line.not_reached(error.to_string());
        }
    }
    Some((called_back.ok(), longer))
}

/// Asks the relay at the other end to call back on this connection.
pub(super) async fn ask(stream: &mut (impl Stream + ?Sized)) -> io::Result<()> {
    timeout(HANDSHAKE, exchange(stream)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn exchange(stream: &mut (impl Stream + ?Sized)) -> io::Result<()> {
    let request = format!(
        "GET {PATH} HTTP/1.1\r\nHost: relay\r\nConnection: upgrade\r\nUpgrade: {SUBPROTOCOL}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    // Byte by byte: what follows the head is the relay's first word of TLS, and not ours to read.
    let mut head = Vec::with_capacity(256);
    let mut limited = stream.take(HEAD);
    while !head.ends_with(b"\r\n\r\n") {
        head.push(limited.read_u8().await?);
    }
    if head.starts_with(b"HTTP/1.1 101 ") {
        return Ok(());
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    Err(io::Error::other(format!("the relay answered {}", String::from_utf8_lossy(line).trim())))
}
