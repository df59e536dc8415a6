//! One connection of a known relay.

use super::{
    Shared,
    finding::Finding,
    handshake::{Socket, gone, part},
    line::{Line, Outgoing, Over},
    passing::Passing,
    probing::Probing,
};
use crate::{encode, translate};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use gaggle_core::port::{AgentEvent, Inbound, Link};
use gaggle_relay_protocol::{Command, CommandBody, FromServer, Hello, Pass};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Message;

/// How often we ask whether the relay is there.
const PING: Duration = Duration::from_secs(10);
/// So many pings without any sign of life and the connection is dead. They are counted one by one: a machine
/// that slept sees one late tick, not many.
const MISSES: u32 = 3;
/// A relay that takes no byte for so long is away.
const WRITE: Duration = Duration::from_secs(15);

/// Why a connection ends, for the log and the last word.
#[derive(Debug)]
enum Parted {
    /// It broke, for this reason.
    Broken(String),
    /// Another connection of the project came.
    Replaced,
    /// The admission is over, or nobody listens.
    Over,
    /// The hub closes.
    Closing,
}

impl fmt::Display for Parted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broken(reason) => reason,
            Self::Replaced => "another connection of the project came",
            Self::Over => "the admission is over",
            Self::Closing => "the server closes",
        })
    }
}

/// Welcomes a relay, and carries on with it until the link ends.
pub(super) async fn with(shared: &Shared, line: &Line, hello: Hello, mut socket: Socket) {
    let Hello { incarnation, endpoint, workspace, first, last, resting, finds, .. } = hello;
    // Only an admitted project's relay gets here, so its agent is wanted. The last frame names the rest: there
    // is one that says that the agent was ended.
    let wake =
        resting.then(|| Command { id: format!("wake:{incarnation}:{last}"), body: CommandBody::Start });
    let Some(replaced) = line.take_over(incarnation) else {
        tracing::info!(project = %line.project, incarnation, "an outdated relay was turned away");
        return farewell(&mut socket, Some(&gone("a newer relay serves this project"))).await;
    };
    let link = Link { incarnation, endpoint, workspace };
    let (passing, outgoing) = Passing::new(&line.project, shared.tunnels.get());
    let finding = finds.then(|| Arc::new(Finding::new(passing.link())));
    let beside = Beside { probing: shared.probing.get(), passing, finding };
    let talk = async {
        // Whoever spoke before leaves as soon as it sees that it was replaced.
        let _seat = line.seat.lock().await;
        let introduced = AtomicBool::new(false);
        let parted = tokio::select! {
            biased;
            () = replaced.cancelled() => Parted::Replaced,
            parted = carry_on(line, &link, (first, wake), &mut socket, (&introduced, &beside, outgoing)) => parted,
        };
        line.disconnect();
        if !introduced.into_inner() {
            return parted;
        }
        // A channel that is full may be waited for: the next connection of this project waits with us.
        tokio::select! {
            _ = line.inbound.send(Inbound::Disconnected) => {}
            () = line.over.cancelled() => {}
            () = shared.closing.cancelled() => {}
        }
        parted
    };
    // Also while it waits for the seat.
    let parted = tokio::select! {
        biased;
        parted = talk => parted,
        () = line.over.cancelled() => Parted::Over,
        () = shared.closing.cancelled() => Parted::Closing,
    };
    tracing::info!(project = %line.project, incarnation, reason = %parted, "the link to the relay ended");
    let word = match (parted, line.ended()) {
        (Parted::Over, Over::Gone(reason)) => Some(gone(reason)),
        (Parted::Replaced, _) if line.outdated(incarnation) => {
            Some(gone("a newer relay serves this project"))
        }
        _ => None,
    };
    farewell(&mut socket, word.as_ref()).await;
}

/// Says a last word, if there is one, and closes; a relay that does not take it is left.
async fn farewell(socket: &mut Socket, word: Option<&FromServer>) {
    let say = async {
        match word {
            Some(word) => part(socket, word).await,
            None => socket.close(None).await,
        }
    };
    // Whether it was heard does not matter: who calls again is told again.
    let _ = timeout(Duration::from_secs(1), say).await;
}

/// What goes over a link beside the stream.
#[derive(Debug)]
struct Beside<'a> {
    probing: Option<&'a Probing>,
    passing: Passing<'a>,
    /// None: the relay is not to be asked.
    finding: Option<Arc<Finding>>,
}

/// What both directions of a connection know of each other.
#[derive(Debug, Default)]
struct Pulse {
    misses: AtomicU32,
    /// The core is slow and nothing is read: silence means nothing.
    held: AtomicBool,
}

async fn carry_on(
    line: &Line,
    link: &Link,
    (first, wake): (u64, Option<Command>),
    socket: &mut Socket,
    (introduced, beside, outgoing): (&AtomicBool, &Beside<'_>, mpsc::Receiver<FromServer>),
) -> Parted {
    let Ok(place) = line.inbound.reserve().await else { return Parted::Over };
    let _questions = beside.finding.as_ref().map(|finding| finding.until_parted());
    let (durable, delivered) = line.connect(link, beside.finding.clone());
    introduced.store(true, Relaxed);
    place.send(Inbound::Connected(link.clone()));
    let welcome = FromServer::Welcome { epoch: line.epoch, received: durable };
    if let Err(error) = within(socket.send(text(&welcome))).await {
        return Parted::Broken(error);
    }
    tracing::info!(project = %line.project, incarnation = link.incarnation, received = durable, "a relay is linked");
    if let Some(wake) = wake
        && let Err(error) = within(socket.send(text(&FromServer::Command(wake)))).await
    {
        return Parted::Broken(error);
    }
    if let Some(probing) = beside.probing
        && let Err(error) = within(socket.send(text(&FromServer::Probe(probing.asked)))).await
    {
        return Parted::Broken(error);
    }
    if beside.passing.ready()
        && let Err(error) = within(socket.send(text(&FromServer::Pass(Pass::Ready)))).await
    {
        return Parted::Broken(error);
    }
    // What is in the spool begins after what the core has: the frames between are nowhere any more.
    if first - 1 > delivered && !missing(line, first).await {
        return Parted::Over;
    }
    let pulse = Pulse::default();
    let (to, from) = socket.split();
    tokio::select! {
        biased;
        parted = write(line, link, to, durable, (&pulse, outgoing)) => parted,
        parted = read(line, link.incarnation, from, (&pulse, beside)) => parted,
    }
}

/// Tells the core that the frames before `first` are gone. False: nobody listens.
async fn missing(line: &Line, first: u64) -> bool {
    let Ok(place) = line.inbound.reserve().await else { return false };
    line.deliver(first - 1);
    place.send(Inbound::Missing { first });
    true
}

async fn read(
    line: &Line,
    incarnation: u64,
    mut from: SplitStream<&mut Socket>,
    (pulse, beside): (&Pulse, &Beside<'_>),
) -> Parted {
    while let Some(message) = from.next().await {
        pulse.misses.store(0, Relaxed);
        let text = match message {
            Ok(Message::Text(text)) => text,
            Ok(Message::Close(_)) => break,
            Ok(_) => continue,
            Err(error) => return Parted::Broken(error.to_string()),
        };
        match translate::message(&text) {
            translate::Message::Frame(frame) => {
                let (n, delivered) = (frame.n, line.delivered());
                if n <= delivered {
                    continue;
                }
                let frame = frame.understand(incarnation);
                pulse.held.store(true, Relaxed);
                if n - 1 > delivered && !missing(line, n).await {
                    return Parted::Over;
                }
                let Ok(place) = line.inbound.reserve().await else { return Parted::Over };
                pulse.held.store(false, Relaxed);
                if let AgentEvent::Refused { command, .. } = &frame.event {
                    // Whoever hears of it may send it again.
                    line.done(command);
                }
                // Together, with nothing awaited between: a connection that is replaced here has either
                // delivered the frame or not.
                line.deliver(n);
                place.send(Inbound::Frame(frame));
            }
            translate::Message::Done(id) => line.done(&id),
            translate::Message::Pong => {}
            translate::Message::Probed(probed) => {
                beside.probing.into_iter().for_each(|probing| probing.tell(&line.project, probed));
            }
            translate::Message::Pass(pass) => beside.passing.heard(pass),
            translate::Message::Found(found) => {
                if let Some(finding) = &beside.finding {
                    finding.heard(found);
                }
            }
            translate::Message::Unknown => {
                tracing::debug!(project = %line.project, bytes = text.len(), "the relay said something unknown");
            }
        }
    }
    Parted::Broken("the relay closed it".into())
}

async fn write(
    line: &Line,
    link: &Link,
    mut to: SplitSink<&mut Socket, Message>,
    mut acked: u64,
    (pulse, mut outgoing): (&Pulse, mpsc::Receiver<FromServer>),
) -> Parted {
    let mut sent = 0;
    let mut tick = interval_at(Instant::now() + PING, PING);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        while let Some(next) = line.next(link.incarnation, acked, sent) {
            let word = match next {
                Outgoing::Ack(n) => {
                    acked = n;
                    FromServer::Ack { n }
                }
                Outgoing::Command(ordinal, command) => {
                    sent = ordinal;
                    FromServer::Command(encode::command(&command, &link.workspace))
                }
            };
            if let Err(error) = within(to.feed(text(&word))).await {
                return Parted::Broken(error);
            }
        }
        if let Err(error) = within(to.flush()).await {
            return Parted::Broken(error);
        }
        tokio::select! {
            biased;
            () = line.news.notified() => {}
            Some(word) = outgoing.recv() => {
                if let Err(error) = within(to.feed(text(&word))).await {
                    return Parted::Broken(error);
                }
            }
            _ = tick.tick() => {
                let misses = if pulse.held.load(Relaxed) { 0 } else { pulse.misses.load(Relaxed) + 1 };
                pulse.misses.store(misses, Relaxed);
                if misses > MISSES {
                    return Parted::Broken("no sign of life for 30 s".into());
                }
                if let Err(error) = within(to.feed(text(&FromServer::Ping))).await {
                    return Parted::Broken(error);
                }
            }
        }
    }
}

/// A message as it goes over the wire.
pub(super) fn text(word: &FromServer) -> Message {
    // Plain data with string keys: it always serialises.
    Message::text(serde_json::to_string(word).unwrap_or_default())
}

async fn within(
    write: impl Future<Output = Result<(), tokio_tungstenite::tungstenite::Error>>,
) -> Result<(), String> {
    match timeout(WRITE, write).await {
        Ok(written) => written.map_err(|error| error.to_string()),
        Err(_) => Err("the relay takes nothing".into()),
    }
}
