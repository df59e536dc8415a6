//! A relay's life from launch to end.

use crate::core::{Core, Ending};
use crate::door::{self, Door};
use crate::find::Finder;
use crate::home::{Home, Introduction};
use crate::lock::{Lock, LockError};
use crate::log::Log;
use crate::noted::Noted;
use crate::spool::Spool;
use crate::{agent, demo, reap};
use gaggle_relay_protocol::{Launch, Model};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, timeout_at};

/// How long the server may take to acknowledge the last frames.
const FLUSH: Duration = Duration::from_secs(2);
/// How long it may take to be there again if it is not: nobody waits for a pod that waits for nobody.
const NOBODY_HOME: Duration = Duration::from_millis(200);
/// Goose's grace at a signal.
const SIGNAL_GRACE: Duration = Duration::from_secs(2);

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("cannot use {0}: {1}")]
    Folder(String, std::io::Error),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// Runs a relay until the server, a signal or its patience ends it. 0: ended as it should; 1: could not
/// start; 3: another relay holds the volume; 4: the server stayed away for longer than the patience.
pub async fn run(launch: Launch) -> ExitCode {
    let launch = Arc::new(launch);
    let error = match live(launch.clone()).await {
        Ok(Ending::Stop(_) | Ending::Gone) => return ExitCode::SUCCESS,
        Ok(Ending::Patience) => return ExitCode::from(4),
        Err(error) => error,
    };
    // Who started us may be gone, and the pipe with it.
    drop(writeln!(std::io::stderr(), "gaggle-relay: {error}"));
    if matches!(error, StartError::Lock(LockError::Held { .. })) {
        // The log is another relay's.
        return ExitCode::from(3);
    }
    Log::open(&launch.log_file, false).line(error);
    ExitCode::FAILURE
}

async fn live(launch: Arc<Launch>) -> Result<Ending, StartError> {
    let mut signals = Signals::new()?;
    let listener = listen(&launch).await?;
    let address = listener.local_addr()?;
    let (door, dialled) = Door::new(&launch);
    let door = Arc::new(door);
    tokio::spawn(door::serve(listener, door.clone()));
    let home_dir = launch.agent_dir.join("home");
    for dir in [&launch.state_dir, &launch.agent_dir, &home_dir, &launch.workspace] {
        private(dir).map_err(|error| StartError::Folder(dir.display().to_string(), error))?;
    }
    if let Some(dir) = launch.log_file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    reap::begin()?;
    let lock = tokio::select! {
        lock = take(&launch, &door) => lock?,
        () = signals.end() => return Ok(Ending::Stop(Duration::ZERO)),
    };
    let log = Arc::new(Log::open(&launch.log_file, launch.log_stdout));
    let model = match launch.model {
        Model::Provider => Vec::new(),
        Model::Demo => demo::start().await?,
    };
    // Goose takes its time: what it does not need is made meanwhile. Until the counter is raised and what was noted
    // is read nobody is told of it, and nothing is said to it.
    let first = agent::begin(&launch, &log, &model);
    let incarnation = lock.incarnation(launch.met)?;
    let spool = Spool::create(&launch.state_dir.join("spool"), launch.spool_bytes)?;
    let core = Arc::new(Core::new(spool, Noted::open(&launch.state_dir)?, now));

    door.open(core.clone());
    // What listens everywhere has no one address.
    let endpoint = (!address.ip().is_unspecified()).then(|| format!("http://{address}"));
    let me = Introduction { incarnation, endpoint };
    log.line(format_args!("incarnation {incarnation} of project {}", launch.project));
    let mut agent = tokio::spawn(agent::supervise(launch.clone(), core.clone(), log.clone(), (model, first)));
    let finder = Finder::new(&launch.workspace);
    let home = Home { launch, core: core.clone(), log: log.clone(), me, finder, epoch: AtomicU64::new(0) };
    let caller = tokio::spawn(Arc::new(home).keep_calling(dialled));

    let ending = loop {
        tokio::select! {
            ending = core.ended() => break ending,
            () = signals.end() => core.signalled(SIGNAL_GRACE),
            // It returns only at the end: this is a fault, and without it there is nothing to relay.
            _ = &mut agent => return Err(StartError::System(std::io::Error::other("the supervisor failed"))),
        }
    };
    log.line(format_args!("ending: {ending:?}"));
    // The supervisor bounds each of its own steps; whatever is left when we exit, the shim ends.
    drop((&mut agent).await);
    if matches!(ending, Ending::Stop(_)) && !caller.is_finished() {
        deliver(&core).await;
    }
    Ok(ending)
}

/// Waits until the server has everything, for as long as it can be expected to.
async fn deliver(core: &Core) {
    let end = Instant::now() + FLUSH;
    while !core.delivered() {
        let soon = Instant::now() + NOBODY_HOME;
        let until = if core.linked() { end } else { soon.min(end) };
        if timeout_at(until, core.acked.notified()).await.is_err() {
            return;
        }
    }
}

/// Beyond loopback only where the launch says so.
async fn listen(launch: &Launch) -> Result<TcpListener, StartError> {
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, launch.health_port));
    let address = launch.listen.unwrap_or(loopback);
    TcpListener::bind(address).await.map_err(|error| StartError::Listen(address, error))
}

/// Takes the volume. Where the relay is to stay, a predecessor that still has it is waited for.
async fn take(launch: &Launch, door: &Door) -> Result<Lock, LockError> {
    if !launch.stay {
        return Lock::acquire(&launch.state_dir).await;
    }
    let told = |reason: String| {
        // The log on the volume is the predecessor's.
        drop(writeln!(std::io::stderr(), "gaggle-relay: {reason}"));
        door.waiting(reason);
    };
    Lock::wait(&launch.state_dir, told).await
}

/// The signals that ask the relay to end. The first process of a container gets none that it does not ask
/// for; all of these end Goose too.
pub(crate) struct Signals([Signal; 4]);

impl Signals {
    pub(crate) fn new() -> std::io::Result<Self> {
        let [term, int, quit, hup] =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit(), SignalKind::hangup()]
                .map(signal);
        Ok(Self([term?, int?, quit?, hup?]))
    }

    /// Returns when one comes.
    pub(crate) async fn end(&mut self) {
        let [term, int, quit, hup] = &mut self.0;
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
            _ = quit.recv() => {}
            _ = hup.recv() => {}
        }
    }
}

/// Makes a folder that only its owner can enter, also where it exists already.
fn private(dir: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
}

/// The wall clock, milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
