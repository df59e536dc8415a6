//! A port that no agent may reach: what shows whether the network policies are enforced. Whoever gets there is let in
//! and sent away; nothing is served.

use gaggle_agent::Probe;
use gaggle_runtime_kubernetes::{KubernetesConfig, objects::shuts_out};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::Duration,
};
use tokio::{net::TcpListener, time::sleep};
use tokio_util::task::AbortOnDropHandle;

/// Pause after a connection that could not be taken.
const FULL: Duration = Duration::from_secs(1);

/// The open port; dropped, it closes.
#[derive(Debug)]
pub(super) struct Decoy {
    /// What relays are asked to try.
    pub(super) probe: Probe,
    _open: AbortOnDropHandle<()>,
}

impl Decoy {
    /// Opens a port beside the one where relays call. None where no try of theirs would mean anything: they cannot
    /// call, or may reach everything at this address.
    pub(super) async fn open(listener: SocketAddr, config: &KubernetesConfig) -> io::Result<Option<Self>> {
        if listener.ip().is_loopback() {
            return Ok(None);
        }
        let Some(own) = own(listener.ip(), config) else { return Ok(None) };
        let decoy = TcpListener::bind(SocketAddr::new(listener.ip(), 0)).await?;
        let forbidden = SocketAddr::new(own, decoy.local_addr()?.port());
        if !shuts_out(config, forbidden) {
            return Ok(None);
        }
        let probe = Probe { forbidden, allowed: SocketAddr::new(own, listener.port()) };
        Ok(Some(Self { probe, _open: AbortOnDropHandle::new(tokio::spawn(answer(decoy))) }))
    }
}

/// Under which address pods reach this machine itself, whatever Service stands before it: the one from which it would
/// send to where relays call. Nothing is sent.
fn own(listening: IpAddr, config: &KubernetesConfig) -> Option<IpAddr> {
    if !listening.is_unspecified() {
        return Some(listening);
    }
    let (home, port) = config.home.address()?;
    let any = if home.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((home, port)).ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_loopback() && !own.is_unspecified()).then_some(own)
}

async fn answer(decoy: TcpListener) {
    loop {
        match decoy.accept().await {
            Ok((_, from)) => tracing::debug!(%from, "somebody came to where no agent may"),
            Err(error) => {
                tracing::debug!(%error, "a connection to the decoy could not be taken");
                sleep(FULL).await;
            }
        }
    }
}
