//! The agent listener. Relays call it; nothing else is served there.

mod dial;
mod finding;
mod handshake;
mod line;
mod lines;
mod passing;
mod peers;
mod probing;
mod stream;
mod talk;

pub use dial::{Dial, Dialling};
pub use passing::{Tunnel, Tunnels};
pub use stream::Stream;

use crate::identity::{Identity, IdentityError};
use async_trait::async_trait;
use dial::Dialler;
use gaggle_core::port::{Admission, AgentCommand, AgentGateway, Inbound, Link, LinkCursor, LookError};
use gaggle_relay_protocol::{PATH, Probe, Probed};
use gaggle_shared::ProjectId;
use lines::Lines;
use peers::Peers;
use probing::Probing;
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::AtomicBool},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How many calls may be on their way to being answered at once.
const HANDSHAKES: usize = 64;
/// How long a call may take until it was answered.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How many inbound messages of a project wait for the core, before its relay has to.
const INBOUND: usize = 256;

/// The links to all relays. Cheap to clone; all clones are the same. When the last clone is dropped, or at
/// [`Hub::shutdown`], the listener and all links close; relays then call again until somebody answers.
#[derive(Debug, Clone)]
pub struct Hub {
    shared: Arc<Shared>,
    _open: Arc<tokio_util::sync::DropGuard>,
}

/// What the tasks of the hub share.
#[derive(Debug)]
struct Shared {
    address: SocketAddr,
    lines: Mutex<Lines>,
    handshakes: Arc<Semaphore>,
    peers: Peers,
    tls: Option<Acceptor>,
    dialler: OnceLock<Arc<Dialler>>,
    tunnels: OnceLock<mpsc::Sender<Tunnel>>,
    probing: OnceLock<Probing>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

/// Speaks TLS.
#[derive(Clone)]
struct Acceptor(TlsAcceptor);

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Acceptor")
    }
}

impl Hub {
    /// Listens on this address; port 0 picks one.
    ///
    /// # Errors
    /// The address is taken or not ours.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        Self::open(address, None).await
    }

    /// As [`Hub::bind`], but speaks TLS 1.3 and nothing else. Only such a hub can dial relays.
    ///
    /// # Errors
    /// The address is taken or not ours, or the identity is broken (`InvalidData`).
    pub async fn bind_tls(address: SocketAddr, identity: &Identity) -> io::Result<Self> {
        let broken = |error: IdentityError| io::Error::new(io::ErrorKind::InvalidData, error);
        let acceptor = identity.acceptor().map_err(broken)?;
        Self::open(address, Some(Acceptor(acceptor))).await
    }

    async fn open(address: SocketAddr, tls: Option<Acceptor>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            lines: Mutex::default(),
            handshakes: Arc::new(Semaphore::new(HANDSHAKES)),
            peers: Peers::default(),
            tls,
            dialler: OnceLock::new(),
            tunnels: OnceLock::new(),
            probing: OnceLock::new(),
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        let open = Arc::new(shared.closing.clone().drop_guard());
        shared.tasks.spawn(listen(Arc::clone(&shared), listener));
        Ok(Self { shared, _open: open })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.shared.address
    }

    /// What relays on this machine are given as their home: `ws://127.0.0.1:PORT/relay`, with TLS `wss://`.
    pub fn home(&self) -> String {
        let scheme = if self.shared.tls.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}{PATH}", self.shared.address)
    }

    /// From now on relays of projects that are admitted are dialled, when that is said. To be called once,
    /// before projects are admitted, on a hub that speaks TLS; again it changes nothing.
    pub fn dial_with(&self, how: Arc<dyn Dial>, when: Dialling) {
        if when != Dialling::Never {
            let dialler = Dialler { how, when, needed: AtomicBool::new(false) };
            drop(self.shared.dialler.set(Arc::new(dialler)));
        }
    }

    /// From now on every relay that is linked is asked to try these addresses, and `told` hears what came of it.
    /// To be called once, before projects are admitted; again it changes nothing.
    pub fn probe_with(&self, asked: Probe, told: impl Fn(&ProjectId, Probed) + Send + Sync + 'static) {
        drop(self.shared.probing.set(Probing::new(asked, told)));
    }

    /// The ACP clients that relays pass through from now on. To be called once, before projects are admitted; the
    /// clients of a second call never come.
    pub fn tunnels(&self) -> Tunnels {
        let (served, tunnels) = Tunnels::new();
        drop(self.shared.tunnels.set(served));
        tunnels
    }

    /// Asks the relay at the other end of a connection to call back on it, and carries on with it as if it had
    /// called, until the link ends. The relay has to be this project's.
    ///
    /// # Errors
    /// It did not come to a link: nobody there, another server's relay, or this hub speaks no TLS.
    pub async fn dialed(&self, project: &ProjectId, stream: impl Stream) -> io::Result<()> {
        handshake::dialled(&self.shared, project, Box::new(stream)).await
    }

    /// Closes the listener and all links; returns once they are closed. No relay is sent away for good.
    pub async fn shutdown(&self) {
        self.shared.closing.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.lines().clear();
    }
}

impl Shared {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn listen(shared: Arc<Shared>, listener: TcpListener) {
    let accept = async {
        loop {
            let Ok(permit) = Arc::clone(&shared.handshakes).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let Some(counted) = shared.peers.enter(peer.ip()) else {
                        tracing::debug!(%peer, "too many calls of one address at once");
                        continue;
                    };
                    let answer = handshake::answer(Arc::clone(&shared), stream, (permit, counted));
                    shared.tasks.spawn(answer);
                }
                Err(error) => {
                    tracing::warn!(%error, "the agent listener could not accept a call");
                    // Too many open files: there is no event for their becoming fewer.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    };
    tokio::select! {
        () = shared.closing.cancelled() => {}
        () = accept => {}
    }
}

#[async_trait]
impl AgentGateway for Hub {
    async fn admit(&self, project: &ProjectId, admission: Admission) -> mpsc::Receiver<Inbound> {
        let (inbound, receiver) = mpsc::channel(INBOUND);
        let line = self.shared.lines().admit(project, &admission, inbound);
        if let Some(dialler) = self.shared.dialler.get() {
            let keep = dial::keep(Arc::clone(&self.shared), Arc::clone(dialler), line);
            self.shared.tasks.spawn(keep);
        }
        receiver
    }

    async fn dismiss(&self, project: &ProjectId) {
        self.shared.lines().dismiss(project);
    }

    fn ready(&self) {
        self.shared.lines().ready();
    }

    fn send(&self, project: &ProjectId, command: AgentCommand) {
        let mut lines = self.shared.lines();
        let overrun = lines.of(project).is_some_and(|line| !line.send(command));
        if overrun {
            tracing::warn!(%project, "more commands wait for the relay than may: its admission ends");
            lines.break_off(project);
        }
    }

    fn acknowledge(&self, project: &ProjectId, received: LinkCursor) {
        if let Some(line) = self.shared.lines().of(project) {
            line.acknowledge(received);
        }
    }

    fn link(&self, project: &ProjectId) -> Option<Link> {
        self.shared.lines().of(project).and_then(|line| line.link())
    }

    async fn files(&self, project: &ProjectId, wanted: &str, limit: usize) -> Result<Vec<String>, LookError> {
        let finding =
            self.shared.lines().of(project).map_or(Err(LookError::NotLinked), |line| line.finding())?;
        finding.ask(wanted, limit).await
    }

    fn unreached(&self, project: &ProjectId) -> Option<String> {
        self.shared.lines().of(project).and_then(|line| line.unreached())
    }
}
