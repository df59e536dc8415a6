//! Ten thousand sleeping projects with their objects in the API server.

use super::cluster::{baseline::milliseconds, gone, post};
use super::fleet::megabytes;
use crate::cluster::Cluster;
use crate::parts::Parts;
use crate::result::Figure;
use anyhow::{Result, ensure};
use rustix::process::Signal;
use serde_json::json;
use std::time::{Duration, Instant};

const HOW: &str = "Projects of three users, made over HTTP, each with its Deployment, Service, Secret and claim in the API \
    server and no pod. The Deployment controller takes some 20 calls a second: only when each has its ReplicaSet is the \
    server ended (`kill -9`) and started again. Memory is VmRSS, the binary's own pages among it; as in the \
    server's image, glibc has one arena.";

const USERS: [&str; 3] = ["alice", "bob", "carol"];

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("sleepers", "Sleeping projects on Kubernetes", HOW);
    let cluster = Cluster::new().await?;
    let measured = all(parts, &cluster, &mut figure).await;
    // What the run has put in goes, however it ended.
    let cleaned = cluster.clean().await;
    measured.and(cleaned)?;
    Ok(figure)
}

async fn all(parts: &Parts, cluster: &Cluster, figure: &mut Figure) -> Result<()> {
    let mut world = cluster.world(parts).await?;
    let count = parts.times(parts.sleepers, parts.sleepers.min(200));
    figure.plain("memory without projects", None, "MB", vec![megabytes(world.resident()?)]);
    let began = Instant::now();
    let mut http = world.http().await?;
    for n in 0..count {
        let path = format!("/api/users/{}/projects", USERS[n % USERS.len()]);
        http.post(&path, "", &json!({"name": format!("sleeper {n}")})).await?.json(201)?;
    }
    // The objects come after the answer.
    there(cluster, "deployments", count).await?;
    figure.plain(
        "projects made and placed a second",
        None,
        "/s",
        vec![count as f64 / began.elapsed().as_secs_f64()],
    );
    let placed = format!("memory with {count} sleeping projects, once placed");
    figure.plain(&placed, Some(64.0), "MB", vec![megabytes(world.resident()?)]);
    there(cluster, "replicasets", count).await?;
    let (mut restarts, mut memory, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..parts.times(5, 3) {
        world.end_server(Signal::KILL).await?;
        let began = Instant::now();
        world.begin().await?;
        world.http().await?.get("/api/users/alice/projects", "").await?.json(200)?;
        restarts.push(milliseconds(began));
        // Also its eyes on the cluster are open: a project comes up.
        let project = world.project("after the restart").await?;
        post(&world, &project, "activate").await?;
        first.push(milliseconds(began));
        gone(&world, &project).await?;
        memory.push(megabytes(world.resident()?));
    }
    let restarted = format!("memory with {count} sleeping projects, after a restart");
    figure.plain(&restarted, Some(64.0), "MB", memory);
    let listed = format!("restart with {count} sleeping projects until a list is read");
    figure.plain(&listed, None, "ms", restarts);
    figure.plain("the same until a new project is active", None, "ms", first);
    world.close().await
}

/// How long nothing new may be there.
const STILL: Duration = Duration::from_secs(180);

/// Waits until there are as many of a kind.
async fn there(cluster: &Cluster, kind: &str, count: usize) -> Result<()> {
    let (mut grew, mut most) = (Instant::now(), 0);
    loop {
        let mut found = 0;
        for user in USERS {
            let get = format!("-n {}{user} get {kind} -o name --chunk-size=500", cluster.prefix);
            found += cluster.kubectl(&get).await?.lines().count();
        }
        if found >= count {
            return Ok(());
        }
        if found > most {
            (grew, most) = (Instant::now(), found);
        }
        ensure!(grew.elapsed() < STILL, "{found} {kind} of {count} projects are there");
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}
