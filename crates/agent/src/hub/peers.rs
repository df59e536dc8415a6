use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many handshakes one address may have open: a quarter of all, so that no pod keeps the others out.
/// (Relays behind one node's address that are refused for that call again within a second.)
const EACH: usize = 16;

/// Handshakes under way, by address. Loopback is not counted: who is there could do worse.
#[derive(Debug, Clone, Default)]
pub(super) struct Peers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A handshake that counts until it is dropped.
#[derive(Debug)]
pub(super) struct Counted(Option<(Peers, IpAddr)>);

impl Peers {
    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more; none if there are enough.
    pub(super) fn enter(&self, peer: IpAddr) -> Option<Counted> {
        if peer.is_loopback() {
            return Some(Counted(None));
        }
        let mut open = self.open();
        let count = open.entry(peer).or_default();
        if *count >= EACH {
            return None;
        }
        *count += 1;
        Some(Counted(Some((self.clone(), peer))))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some((peers, peer)) = self.0.take() else { return };
        let mut open = peers.open();
        if let Some(count) = open.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                open.remove(&peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_all_and_what_ended_counts_no_more() {
        let peers = Peers::default();
        let (one, other): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let mut held: Vec<_> = (0..EACH).map(|_| peers.enter(one).unwrap()).collect();
        assert!(peers.enter(one).is_none() && peers.enter(other).is_some());
        held.pop();
        assert!(peers.enter(one).is_some());
        drop(held);
        assert!(peers.open().is_empty());
        let local: Vec<_> = (0..100).map(|_| peers.enter([127, 0, 0, 1].into())).collect();
        assert!(local.iter().all(Option::is_some));
    }
}
