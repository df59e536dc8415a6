//! One welcomed connection to the server.

use crate::core::Core;
use crate::find::Finder;
use crate::probe;
use crate::spool::Cursor;
use crate::stream::Boxed;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use gaggle_relay_protocol::{FINDS, FromRelay, FromServer};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

/// A server that takes no byte for so long is away.
const WRITE: Duration = Duration::from_secs(15);
/// How often we ask whether the server is there.
const PING: Duration = Duration::from_secs(10);
/// So many pings without any sign of life, counted one by one (a machine that slept sees one late tick, not
/// many), and the server is away.
const MISSES: u32 = 3;

/// A connection after its welcome.
#[derive(Debug)]
pub(super) struct Talk<'a> {
    core: &'a Arc<Core>,
    finder: &'a Finder,
    to: SplitSink<WebSocketStream<Boxed>, Message>,
    from: SplitStream<WebSocketStream<Boxed>>,
    misses: AtomicU32,
}

impl<'a> Talk<'a> {
    pub(super) fn new(core: &'a Arc<Core>, finder: &'a Finder, socket: WebSocketStream<Boxed>) -> Self {
        let (to, from) = socket.split();
        Self { core, finder, to, from, misses: AtomicU32::new(0) }
    }

    /// Sends what is after `received` and obeys, until the connection ends (an error) or the server says
    /// that the relay's time is over (its reason).
    pub(super) async fn until_parted(self, received: u64) -> Result<String, Error> {
        let Self { core, finder, mut to, from, misses } = self;
        let cursor = core.resume(received);
        tokio::select! {
            read = listen(core, finder, from, &misses) => read,
            written = tell(core, &mut to, cursor, &misses) => written.and(Err(Error::ConnectionClosed)),
        }
    }
}

/// Writes what there is, at once, and then waits for more.
async fn tell(
    core: &Core,
    to: &mut SplitSink<WebSocketStream<Boxed>, Message>,
    mut cursor: Cursor,
    misses: &AtomicU32,
) -> Result<(), Error> {
    let mut tick = interval(PING);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        while let Some(text) = core.next(&mut cursor)? {
            within(to.feed(Message::Text(text))).await?;
        }
        within(to.flush()).await?;
        tokio::select! {
            biased;
            () = core.news.notified() => {}
            _ = tick.tick() => {
                if misses.fetch_add(1, Ordering::Relaxed) >= MISSES {
                    return Err(Error::Io(std::io::ErrorKind::TimedOut.into()));
                }
                within(to.feed(Message::Ping(Bytes::new()))).await?;
            }
        }
    }
}

async fn within(write: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    timeout(WRITE, write).await.unwrap_or_else(|_| Err(Error::Io(std::io::ErrorKind::TimedOut.into())))
}

/// Obeys what the server says.
async fn listen(
    core: &Arc<Core>,
    finder: &Finder,
    mut from: SplitStream<WebSocketStream<Boxed>>,
    misses: &AtomicU32,
) -> Result<String, Error> {
    // Of the last one asked for; it ends with the connection.
    let mut probing = JoinSet::new();
    let mut looks = JoinSet::new();
    while let Some(message) = from.next().await {
        misses.store(0, Ordering::Relaxed);
        let Message::Text(text) = message? else { continue };
        match serde_json::from_str::<FromServer>(&text) {
            Ok(FromServer::Ack { n }) => core.acknowledge(n),
            Ok(FromServer::Command(command)) => core.command(command),
            Ok(FromServer::Ping) => core.reply(FromRelay::Pong),
            Ok(FromServer::Pass(pass)) => core.tunnels.heard(pass),
            Ok(FromServer::Probe(asked)) => {
                probing.abort_all();
                while probing.try_join_next().is_some() {}
                probing.spawn(probe::probe(core.clone(), asked));
            }
            Ok(FromServer::Find(asked)) => {
                while looks.try_join_next().is_some() {}
                // More than may be: no server of ours asks so much.
                if looks.len() < FINDS {
                    looks.spawn(finder.look(core.clone(), asked));
                }
            }
            Ok(FromServer::Gone { reason }) => return Ok(reason),
            Ok(FromServer::Welcome { .. } | FromServer::Later) => {}
            Err(_) => {
                if let Some(id) = unknown_command(&text) {
                    core.unknown_command(id);
                }
            }
        }
    }
    Err(Error::ConnectionClosed)
}

/// The id of a command that this release cannot read.
fn unknown_command(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let id = value.get("id")?.as_str()?;
    (value.get("type")?.as_str()? == "command").then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{noted::Noted, spool::Spool};
    use tokio::io::DuplexStream;
    use tokio::time::Instant;
    use tokio_tungstenite::tungstenite::protocol::Role;

    /// A conversation, and the server's end of it.
    async fn begin(dir: &std::path::Path) -> (Arc<Core>, WebSocketStream<Boxed>, DuplexStream) {
        let spool = Spool::create(&dir.join("spool"), 1024 * 1024).unwrap();
        let core = Arc::new(Core::new(spool, Noted::open(dir).unwrap(), || 7));
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let ours: Boxed = Box::new(ours);
        (core, WebSocketStream::from_raw_socket(ours, Role::Client, None).await, theirs)
    }

    // The clock stands, and goes on by itself whenever everybody waits.
    #[tokio::test(start_paused = true)]
    async fn a_server_that_gives_no_sign_of_life_is_left_after_three_pings() {
        let dir = tempfile::tempdir().unwrap();
        let (core, socket, _silent) = begin(dir.path()).await;
        let began = Instant::now();
        let finder = Finder::new(dir.path());
        let parted = Talk::new(&core, &finder, socket).until_parted(0).await.unwrap_err();
        assert!(matches!(&parted, Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut));
        assert_eq!(began.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_answers_pings_is_kept_however_long_it_has_nothing_to_say() {
        let dir = tempfile::tempdir().unwrap();
        let (core, socket, theirs) = begin(dir.path()).await;
        let mut server = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
        tokio::spawn(async move { while let Some(Ok(_)) = server.next().await {} });
        let finder = Finder::new(dir.path());
        let talk = Talk::new(&core, &finder, socket).until_parted(0);
        let parted = timeout(Duration::from_secs(3600), talk).await;
        assert!(parted.is_err(), "{parted:?}");
    }
}
