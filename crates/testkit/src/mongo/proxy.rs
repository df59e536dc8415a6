use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// The opcode of every message of today's MongoDB.
const OP_MSG: i32 = 2013;

/// A proxy before a MongoDB that reads what is written to it, and can be cut off or frozen.
#[derive(Debug)]
pub struct MongoProxy {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    /// How many writes still pass; none: all.
    left: Mutex<Option<usize>>,
    frozen: watch::Sender<bool>,
}

impl MongoProxy {
    /// A proxy before the server at this address.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { left: Mutex::new(None), frozen: watch::Sender::new(false) });
        let task = tokio::spawn(accept(listener, server, state.clone()));
        Ok(Self { address, state, task })
    }

    /// A connection string to it alone, also where the server names itself otherwise.
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// Lets so many more commands that write through; each further one loses its connection.
    pub fn cut_after(&self, writes: usize) {
        *self.state.left() = Some(writes);
    }

    /// Ends what [`MongoProxy::cut_after`] began.
    pub fn revive(&self) {
        *self.state.left() = None;
    }

    /// While frozen, connections stay and nothing passes.
    pub fn freeze(&self, frozen: bool) {
        self.state.frozen.send_replace(frozen);
    }
}

impl Drop for MongoProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn left(&self) -> std::sync::MutexGuard<'_, Option<usize>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this message may pass; counts it if it writes.
    fn admits(&self, message: &[u8]) -> bool {
        let mut left = self.left();
        match &mut *left {
            Some(left) if writes(message) => {
                let admitted = *left > 0;
                *left = left.saturating_sub(1);
                admitted
            }
            _ => true,
        }
    }

    async fn thawed(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.frozen.subscribe().wait_for(|frozen| !frozen).await;
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, state: Arc<State>) {
    let mut open = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        // Also its end is not seen while it is frozen, as of a server that hangs.
        let state = state.clone();
        open.spawn(async move {
            let Ok(server) = TcpStream::connect(server).await else { return };
            let ((from, to), (answers, back)) = (client.into_split(), server.into_split());
            tokio::select! {
                _ = pass(from, back, &state, true) => {}
                _ = pass(answers, to, &state, false) => {}
            }
        });
    }
}

/// Passes whole messages on, until an end or a cut.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: &State, asks: bool) -> io::Result<()> {
    loop {
        let mut message = vec![0; 16];
        from.read_exact(&mut message).await?;
        let length = usize::try_from(number(&message, 0)).unwrap_or_default().max(16);
        message.resize(length, 0);
        from.read_exact(&mut message[16..]).await?;
        state.thawed().await;
        if asks && !state.admits(&message) {
            return Ok(());
        }
        to.write_all(&message).await?;
    }
}

fn number(message: &[u8], at: usize) -> i32 {
    message.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, i32::from_le_bytes)
}

/// Whether a message is a command that writes: the first key of its document is the command's name.
fn writes(message: &[u8]) -> bool {
    // Header 16, flags 4, kind of the section 1, length of the document 4, type of the first element 1.
    let name = message.get(26..).unwrap_or_default();
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    let known: [&[u8]; 4] = [b"insert", b"update", b"delete", b"findAndModify"];
    number(message, 12) == OP_MSG && known.contains(&name)
}
