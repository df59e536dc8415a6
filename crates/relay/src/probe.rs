//! Finds out which addresses can be reached from here. Nothing waits for it.

use crate::core::Core;
use gaggle_relay_protocol::{FromRelay, Probe, Probed};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long a connection may take: a first packet that got lost is sent again after a second.
const CONNECT: Duration = Duration::from_millis(2500);

/// Some network plugins build the walls of a pod only after it has begun: what was reached is tried again after these.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Tries, and tells the server.
pub(crate) async fn probe(core: Arc<Core>, asked: Probe) {
    let (forbidden, allowed) = tokio::join!(stays_open(asked.forbidden), reached(asked.allowed));
    core.reply(FromRelay::Probed(Probed { forbidden, allowed }));
}

/// Whether it can be reached, and a little later too.
async fn stays_open(address: SocketAddr) -> bool {
    for pause in AGAIN {
        if !reached(address).await {
            return false;
        }
        sleep(pause).await;
    }
    reached(address).await
}

/// Connects, says nothing, and closes.
async fn reached(address: SocketAddr) -> bool {
    matches!(timeout(CONNECT, TcpStream::connect(address)).await, Ok(Ok(_)))
}
