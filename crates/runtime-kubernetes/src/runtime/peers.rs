//! Who connects to Gaggle from an agent's own address.

use crate::watch::Hub;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// A pod runs up to a second before the API server shows its address: so long an address that nobody knows waits.
const DOUBT: Duration = Duration::from_millis(1500);

/// How long an address that was no agent's is taken for one that is not.
const KNOWN: Duration = Duration::from_secs(600);

/// Beyond so many all are asked after anew.
const MOST: usize = 4096;

/// Addresses that were no agent's when nothing was in doubt.
#[derive(Debug, Default)]
pub(super) struct Peers(Mutex<HashMap<IpAddr, Instant>>);

impl Peers {
    /// Whether an agent has this address. While pods are about to be shown, it waits for that, once per address.
    pub(super) async fn is_agent(&self, hub: &Hub, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if address.is_loopback() {
            return false;
        }
        if hub.is_agent(address) {
            self.strangers().remove(&address);
            return true;
        }
        if self.strangers().get(&address).is_some_and(|at| at.elapsed() < KNOWN) {
            return false;
        }
        if timeout(DOUBT, hub.certain()).await.is_err() {
            tracing::debug!(%address, "whose address this is cannot be seen now");
        }
        let agent = hub.is_agent(address);
        if !agent {
            let mut strangers = self.strangers();
            if strangers.len() >= MOST {
                strangers.clear();
            }
            strangers.insert(address, Instant::now());
        }
        agent
    }

    fn strangers(&self) -> MutexGuard<'_, HashMap<IpAddr, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
