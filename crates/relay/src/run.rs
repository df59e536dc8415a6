//! A relay's life from launch to end.

use crate::core::{Core, Ending};
use crate::lock::{Lock, LockError};
use crate::log::Log;
use crate::noted::Noted;
use crate::spool::Spool;
use crate::{agent, demo, health, home, shim};
use gaggle_relay_protocol::{Launch, Model};
use std::io::Write;
use std::net::Ipv4Addr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How long the server may take to acknowledge the last frames.
const FLUSH: Duration = Duration::from_secs(2);
/// Goose's grace at a signal.
const SIGNAL_GRACE: Duration = Duration::from_secs(2);

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("cannot use {0}: {1}")]
    Folder(String, std::io::Error),
    #[error("cannot listen on port {0}: {1}")]
    Listen(u16, std::io::Error),
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
    Log::open(&launch.log_file).line(error);
    ExitCode::FAILURE
}

async fn live(launch: Arc<Launch>) -> Result<Ending, StartError> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let home_dir = launch.agent_dir.join("home");
    for dir in [&launch.state_dir, &launch.agent_dir, &home_dir, &launch.workspace] {
        private(dir).map_err(|error| StartError::Folder(dir.display().to_string(), error))?;
    }
    if let Some(dir) = launch.log_file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let lock = Lock::acquire(&launch.state_dir).await?;
    shim::adopt_orphans()?;
    let log = Arc::new(Log::open(&launch.log_file));
    let spool = Spool::create(&launch.state_dir.join("spool"), launch.spool_bytes)?;
    let core = Arc::new(Core::new(spool, Noted::open(&launch.state_dir)?, now));

    let listener = listen(launch.health_port).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(health::serve(listener, core.clone()));
    let model = match launch.model {
        Model::Provider => Vec::new(),
        Model::Demo => demo::start().await?,
    };
    let me = home::Introduction { incarnation: lock.incarnation, endpoint };
    log.line(format_args!("incarnation {} of project {}", lock.incarnation, launch.project));
    let mut agent = tokio::spawn(agent::supervise(launch.clone(), core.clone(), log.clone(), model));
    let caller = tokio::spawn(home::keep_calling(launch, core.clone(), log.clone(), me));

    let ending = loop {
        tokio::select! {
            ending = core.ended() => break ending,
            _ = term.recv() => core.end(Ending::Stop(SIGNAL_GRACE)),
            _ = int.recv() => core.end(Ending::Stop(SIGNAL_GRACE)),
            // It returns only at the end: this is a fault, and without it there is nothing to relay.
            _ = &mut agent => return Err(StartError::System(std::io::Error::other("the supervisor failed"))),
        }
    };
    log.line(format_args!("ending: {ending:?}"));
    // The supervisor bounds each of its own steps; whatever is left when we exit, the shim ends.
    drop((&mut agent).await);
    if matches!(ending, Ending::Stop(_)) && !caller.is_finished() {
        drop(tokio::time::timeout(FLUSH, delivered(&core)).await);
    }
    Ok(ending)
}

/// Waits until the server has everything.
async fn delivered(core: &Core) {
    while !core.delivered() {
        core.acked.notified().await;
    }
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| StartError::Listen(port, error))
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
