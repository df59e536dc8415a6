//! The parent's duty towards every process that has lost its own: as PID 1 of a container, and wherever it
//! adopts what Goose leaves behind, the relay takes those that have ended, so that none stays as a zombie.

use crate::shim;
use rustix::process::{WaitOptions, wait};
use tokio::signal::unix::{SignalKind, signal};

/// Adopts orphans from now on and takes every child that ends. Nothing here waits for a child by its pid: a
/// shim reports through its pipe how Goose ended.
///
/// # Errors
/// The system does not let us.
pub(crate) fn begin() -> std::io::Result<()> {
    shim::adopt_orphans()?;
    let mut ended = signal(SignalKind::child())?;
    tokio::spawn(async move {
        while ended.recv().await.is_some() {
            while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        }
    });
    Ok(())
}
