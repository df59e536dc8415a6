use std::io;

/// Why the server goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// SIGTERM, or the terminal went away: agents and turns go on in their relays.
    Terminated,
    /// Ctrl-C: local agents end too, unless the server was told to keep them.
    Interrupted,
}

/// The signals that end a server.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Catches them from now on.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn catch() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// The next one.
    pub async fn next(&mut self) -> Ending {
        #[cfg(unix)]
        {
            tokio::select! {
                _ = self.interrupt.recv() => Ending::Interrupted,
                _ = self.terminate.recv() => Ending::Terminated,
                _ = self.hangup.recv() => Ending::Terminated,
            }
        }
        #[cfg(not(unix))]
        match tokio::signal::ctrl_c().await {
            Ok(()) => Ending::Interrupted,
            Err(_) => std::future::pending().await,
        }
    }
}
