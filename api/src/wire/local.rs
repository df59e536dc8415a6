//! Agents as processes of this computer.

use crate::config::Config;
use anyhow::{Context as _, Result};
use gaggle_agent::Hub;
use gaggle_core::port::Runtime;
use gaggle_runtime_local::{LocalConfig, LocalRuntime};
use gaggle_shared::InstanceId;
use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

/// What relays and agents get of the server's own environment: nothing that is secret.
const PASSED: [&str; 9] =
    ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SHELL", "XDG_RUNTIME_DIR"];

/// The listener for their relays, and what starts them.
pub(super) async fn agents(config: &Config, instance: InstanceId) -> Result<(Hub, Arc<dyn Runtime>)> {
    let hub = hub(config).await?;
    let runtime = runtime(config, &hub, instance)?;
    Ok((hub, Arc::new(runtime)))
}

/// Listens for relays: at the same port as before, where those that live call.
async fn hub(config: &Config) -> Result<Hub> {
    if let Some(address) = config.agents.listen {
        return Hub::bind(address)
            .await
            .with_context(|| format!("GAGGLE_AGENT_LISTEN={address}: cannot listen there"));
    }
    let file = config.paths.data.join("agent-port");
    let before = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
    let at = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let hub = match before {
        Some(port) => match Hub::bind(at(port)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                tracing::warn!(
                    port,
                    "another program took the port that agents call; those that still run will not find home"
                );
                Hub::bind(at(0)).await
            }
            bound => bound,
        },
        None => Hub::bind(at(0)).await,
    };
    let hub = hub.context("cannot listen for agents")?;
    let port = hub.local_addr().port();
    if before != Some(port) {
        fs::write(&file, format!("{port}\n")).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(hub)
}

/// Agents run as processes of this computer, each with a relay that is this very binary.
fn runtime(config: &Config, hub: &Hub, instance: InstanceId) -> Result<LocalRuntime> {
    let gaggle = std::env::current_exe().context("cannot find this binary")?;
    let goose = config
        .paths
        .goose
        .clone()
        .ok_or_else(|| "GAGGLE_GOOSE_BIN is not set and PATH has no goose".to_owned());
    let home = config.agents.url.clone().unwrap_or_else(|| hub.home());
    let mut local = LocalConfig::new(config.paths.data.clone(), home, gaggle, goose, instance);
    // An agent that does not answer is told as that, and not as a start that took too long.
    local.initialize = config.agents.ready_timeout / 2;
    local.env.extend(
        PASSED.iter().filter_map(|name| Some(((*name).to_owned(), config.vars.get(name)?.to_owned()))),
    );
    Ok(LocalRuntime::new(local))
}
