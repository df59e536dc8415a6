use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Two ports of one machine, by which a relay finds out whether the walls around it stand. Both are the server's own
/// and known to listen; only that makes it mean something that one of them cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// No agent may reach it: a network policy forbids it.
    pub forbidden: SocketAddr,
    /// Every agent may reach it: the way there is open.
    pub allowed: SocketAddr,
}

/// Which of them a relay reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probed {
    /// A connection to [`Probe::forbidden`] stood, also a while after the first try: walls may come a little later
    /// than the pod.
    pub forbidden: bool,
    /// A connection to [`Probe::allowed`] stood.
    pub allowed: bool,
}
