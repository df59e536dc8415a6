//! When others reach an agent.

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

/// Waits until the agent answers at the address that others use.
pub(super) async fn answers(world: &World, project: &str) -> Result<()> {
    let shown = world.http().await?.get(project, "").await?.json(200)?;
    let url = shown["endpoint"]["url"].as_str().context("no endpoint")?;
    let address: SocketAddr = url.trim_start_matches("http://").parse().context("an endpoint by name")?;
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
