//! When others reach an agent.

use crate::cluster::Cluster;
use crate::http::Http;
use crate::world::World;
use anyhow::{Context as _, Result};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How often what does not answer yet is tried again.
const RETRY: Duration = Duration::from_millis(2);
/// Longer than that takes.
const LONG: Duration = Duration::from_secs(60);

/// The address that others use: that of the active project's Service, whose name is known only in the cluster.
pub(super) async fn door(cluster: &Cluster, world: &World, project: &str) -> Result<SocketAddr> {
    let shown = world.http().await?.get(project, "").await?.json(200)?;
    let url = shown["endpoint"]["url"].as_str().context("no endpoint")?;
    let (name, port) = url.trim_start_matches("http://").rsplit_once(':').context("no port")?;
    let mut words = name.split('.');
    let (service, namespace) = (words.next().context("no name")?, words.next().context("no namespace")?);
    let service = cluster.json(&format!("get service {service} --namespace {namespace}")).await?;
    let ip = service["spec"]["clusterIP"].as_str().context("no address")?;
    Ok(SocketAddr::new(ip.parse()?, port.parse()?))
}

/// Waits until the agent answers there.
pub(super) async fn answers(address: SocketAddr) -> Result<()> {
    let answered = async {
        while !healthy(address).await {
            sleep(RETRY).await;
        }
    };
    timeout(LONG, answered).await.context("its endpoint does not answer")
}

async fn healthy(address: SocketAddr) -> bool {
    let Ok(mut http) = Http::connect(address).await else { return false };
    http.get("/health", "").await.is_ok_and(|reply| reply.status == 200)
}
