//! Keeps Goose running: starts it, holds its connection, says how it ended, and starts it again.

mod link;
mod starts;

use crate::core::{Core, Ending, Wish};
use crate::goose::{Exit, Goose, environment};
use crate::log::Log;
use crate::random;
use gaggle_relay_protocol::{Launch, Note};
use link::Link;
use starts::Starts;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Messages that wait for Goose; more means that it does not read.
const QUEUE: usize = 64;
/// How long Goose gets to close its files where nobody said how long.
const GRACE: Duration = Duration::from_secs(2);
/// Goose's last frames may arrive so long after its exit.
const LAST_FRAMES: Duration = Duration::from_secs(1);
/// How long the shim may take to kill what is left after the grace.
const KILL: Duration = Duration::from_secs(5);

/// So many characters of why a connection ended are told.
const WHY: usize = 1000;

/// What one start came to.
enum Outcome {
    /// It ran and ended, or could not be started.
    Down(Exit, String),
    /// It did not answer `initialize` in time.
    Unresponsive,
    /// It was ended, because the server stayed away.
    Rested(Exit),
}

/// What is added to Goose's environment for its model.
type Model = [(&'static str, String)];

/// A Goose that was started and that nobody speaks to yet, or why there is none.
pub(crate) type Begun = Result<Beginning, Exitless>;

/// Why no Goose could be started.
#[derive(Debug)]
pub(crate) struct Exitless(String);

/// A Goose that was started, and how it is reached. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Beginning {
    goose: Goose,
    port: u16,
    key: String,
    deadline: Instant,
}

/// Starts Goose, with a key and a port of its own. The volume is locked already, or is nobody else's.
pub(crate) fn begin(launch: &Launch, log: &Arc<Log>, model: &Model) -> Begun {
    let failed = |why: std::io::Error| Exitless(why.to_string());
    let Some(program) = program(launch) else {
        return Err(Exitless(format!("{}: no such program", launch.goose.display())));
    };
    let deadline = Instant::now() + Duration::from_millis(launch.initialize_ms);
    let (port, key) = (free_port().map_err(failed)?, random::key().map_err(failed)?);
    let env = environment(launch, &key, model);
    let goose = Goose::spawn(launch, &program, port, &env, log.clone()).map_err(failed)?;
    Ok(Beginning { goose, port, key, deadline })
}

/// Runs Goose until the relay's end begins and Goose is gone, or until it will not come up. `model` is added to
/// Goose's environment; the first start has begun.
pub(crate) async fn supervise(
    launch: Arc<Launch>,
    core: Arc<Core>,
    log: Arc<Log>,
    (model, first): (Vec<(&'static str, String)>, Begun),
) {
    let mut starts = Starts::default();
    let mut first = Some(first);
    for start in 1.. {
        starts.begin(Instant::now());
        let begun = first.take().unwrap_or_else(|| begin(&launch, &log, &model));
        let outcome = match begun {
            Ok(begun) => run_once(start, begun, &core, &log).await,
            Err(Exitless(why)) => Outcome::Down(Exit::default(), why),
        };
        let hung = matches!(outcome, Outcome::Unresponsive);
        let pause = starts.next(Instant::now(), hung).filter(|_| program(&launch).is_some());
        let rested = matches!(outcome, Outcome::Rested(_));
        let (note, reason) = describe(start, outcome, pause.is_none(), log.take_tail());
        log.line(&reason);
        core.agent_gone(note, reason);
        let ended = tokio::select! {
            biased;
            _ = core.ended() => true,
            () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() && !rested => false,
            () = std::future::ready(()), if rested => false,
        };
        if ended || !may_start(&core).await {
            return;
        }
        if rested {
            log.line("the server is back and says that goose is to start");
            starts = Starts::default();
        }
    }
}

/// Waits while Goose is to rest. False: the end has begun.
async fn may_start(core: &Core) -> bool {
    core.wished(|wish| wish != Wish::Rest).await == Wish::Run
}

fn describe(start: u64, outcome: Outcome, last: bool, last_lines: String) -> (Note, String) {
    let again = if last { ", not started again" } else { "" };
    match outcome {
        Outcome::Down(Exit { code, signal }, why) => {
            let how = match (code, signal) {
                (Some(code), _) => format!("goose ended with exit code {code}"),
                (None, Some(signal)) => format!("goose was ended by signal {signal}"),
                (None, None) => "goose ended".to_owned(),
            };
            let reason = if why.is_empty() { how } else { format!("{how}: {why}") };
            // Why it was ended says more than what it logged. An agent may give a reason of any length.
            let why: String = why.chars().take(WHY).collect();
            let last_lines = match (why.is_empty(), last_lines.is_empty()) {
                (true, _) => last_lines,
                (_, true) => why,
                (false, false) => format!("{why}\n{last_lines}"),
            };
            let note = Note::AgentDown { start, exit_code: code, signal, last_lines, last, resting: false };
            (note, format!("{reason}{again}"))
        }
        Outcome::Rested(Exit { code, signal }) => {
            let note =
                Note::AgentDown { start, exit_code: code, signal, last_lines, last: false, resting: true };
            let reason =
                "goose was ended because the server stayed away; it starts again when the server says so";
            (note, reason.to_owned())
        }
        Outcome::Unresponsive => (
            Note::AgentUnresponsive { start, last_lines, last },
            format!("goose did not answer initialize in time{again}"),
        ),
    }
}

async fn run_once(start: u64, begun: Beginning, core: &Core, log: &Log) -> Outcome {
    let Beginning { mut goose, port, key, deadline } = begun;
    log.line(format_args!("goose start {start} on port {port}"));
    let connected = tokio::select! {
        connected = tokio::time::timeout_at(deadline, Link::connect(port, &key, core)) => Ok(connected),
        _ = goose.ended() => Err(None),
        wish = core.wished(called_off) => {
            goose.end(grace(wish)).await;
            Err(Some(wish))
        }
    };
    let (mut link, initialize) = match connected {
        Ok(Ok(Ok(connected))) => connected,
        Ok(Ok(Err(why))) => {
            return Outcome::Down(goose.kill().await, why);
        }
        Ok(Err(_)) => {
            goose.kill().await;
            return Outcome::Unresponsive;
        }
        Err(wish) => {
            drop(tokio::time::timeout(GRACE + KILL, goose.ended()).await);
            return over(wish, goose.kill().await, String::new());
        }
    };
    let (to, from_server) = mpsc::channel(QUEUE);
    core.agent_up(start, initialize, to);
    let (wish, why) = tokio::select! {
        why = link.carry(core, from_server) => {
            // A Goose that ends closes its connection first: its own exit code says more than our kill.
            let gone = tokio::time::timeout(LAST_FRAMES, goose.ended()).await.is_ok();
            (None, if gone { String::new() } else { why.to_string() })
        }
        _ = goose.ended() => {
            // What it had still to say comes before the note that it is gone.
            drop(tokio::time::timeout(LAST_FRAMES, link.rest(core)).await);
            (None, String::new())
        }
        wish = core.wished(called_off) => {
            goose.end(grace(wish)).await;
            let both = async { tokio::join!(link.rest(core), goose.ended()) };
            drop(tokio::time::timeout(grace(wish) + KILL, both).await);
            (Some(wish), String::new())
        }
    };
    over(wish, goose.kill().await, why)
}

fn called_off(wish: Wish) -> bool {
    wish != Wish::Run
}

/// What a start came to that ended by itself, or was called off by this wish: by now another may hold.
fn over(wish: Option<Wish>, exit: Exit, why: String) -> Outcome {
    if wish == Some(Wish::Rest) { Outcome::Rested(exit) } else { Outcome::Down(exit, why) }
}

fn grace(wish: Wish) -> Duration {
    match wish {
        Wish::End(Ending::Stop(grace)) => grace,
        Wish::End(Ending::Gone | Ending::Patience) | Wish::Rest | Wish::Run => GRACE,
    }
}

/// Where Goose is: as given, or a bare name on the `PATH` that it is given.
fn program(launch: &Launch) -> Option<PathBuf> {
    if launch.goose.components().count() > 1 {
        return launch.goose.is_file().then(|| launch.goose.clone());
    }
    let path = launch.env.get("PATH")?;
    std::env::split_paths(path).map(|dir| dir.join(&launch.goose)).find(|file| file.is_file())
}

/// A port that is free now. Should another take it first, Goose ends at once and is started again.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
