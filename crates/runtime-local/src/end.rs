//! Ends everything that runs for a project.

use crate::{layout::Layout, process::Process};
use crate::{pidfile, process};
use futures_util::future::join_all;
use gaggle_core::port::Cause;
use gaggle_shared::{Code, InstanceId, ProjectId};
use rustix::process::Signal;
use std::time::Duration;
use tokio::time::timeout;

/// How long what a relay leaves behind may take to be ended by its shim, before we do it.
const LEFTOVERS: Duration = Duration::from_secs(3);
/// How long a killed process may take to go.
const KILLED: Duration = Duration::from_secs(5);
/// Rounds of killing: what forks in between is found in the next one.
const ROUNDS: usize = 5;

/// Ends relay, agent and all they started; gives the processes that were there.
pub(crate) async fn all(
    layout: &Layout,
    instance: &InstanceId,
    project: &ProjectId,
    grace: Duration,
) -> Result<Vec<Process>, Cause> {
    let place = layout.place(project);
    let mut ended = Vec::new();
    if let Some(relay) = pidfile::running(&place, instance, project) {
        ended.push(relay.process);
        relay.process.signal(Signal::TERM);
        if timeout(grace, relay.process.ended()).await.is_err() {
            tracing::warn!(%project, pid = relay.process.pid, "the relay did not end in time and is killed");
            relay.process.signal(Signal::KILL);
            gone(&[relay.process], KILLED).await;
        }
    }
    let mut patience = LEFTOVERS;
    let mut left = living(instance, project);
    for _ in 0..ROUNDS {
        if left.is_empty() {
            break;
        }
        ended.extend(left.iter().filter(|process| !ended.contains(process)).copied().collect::<Vec<_>>());
        if !gone(&left, patience).await {
            left.iter().for_each(|process| process.signal(Signal::KILL));
            gone(&left, KILLED).await;
        }
        // Whoever comes after that was started by one that is dead now.
        patience = Duration::ZERO;
        left = living(instance, project);
    }
    // Where marks cannot be read.
    left.extend(pidfile::noted(&place, instance, project).map(|relay| relay.process));
    if !left.is_empty() {
        left.dedup();
        let left: Vec<String> = left.iter().map(|process| process.pid.to_string()).collect();
        return Err(Cause::new(Code::Internal, "some of the project's processes do not end")
            .hint("it is tried again; if it stays so, look at what holds them")
            .detail(format!("pids {}", left.join(", ")))
            .passing());
    }
    if !layout.is_ours(&place) {
        return Ok(ended);
    }
    pidfile::clear(&place).map_err(|error| {
        Cause::new(Code::Internal, "the project's pid file cannot be removed")
            .detail(error.to_string())
            .passing()
    })?;
    Ok(ended)
}

/// The processes of a project that run now.
fn living(instance: &InstanceId, project: &ProjectId) -> Vec<Process> {
    process::of_project(instance, project).iter().map(|marked| marked.process).collect()
}

/// True once all of them are gone.
async fn gone(processes: &[Process], within: Duration) -> bool {
    timeout(within, join_all(processes.iter().map(|process| process.ended()))).await.is_ok()
}
