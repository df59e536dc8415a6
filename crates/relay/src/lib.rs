//! The relay: the small process beside every agent. It starts Goose, holds its one connection, calls home,
//! and keeps the conversation while the server is away.
//!
//! Run it as a process of its own, on a current-thread runtime on the main thread: it adopts and reaps every
//! orphan below it, and Goose's life hangs on the thread that starts it. Its binary must route the hidden
//! subcommand [`SUBCOMMAND`] to [`shim_main`].

mod acp;
mod agent;
mod core;
mod demo;
mod door;
mod find;
mod goose;
mod home;
mod known;
mod launch;
mod lock;
mod log;
mod noted;
mod probe;
mod process;
mod random;
mod reap;
mod run;
mod shim;
mod spool;
mod stream;
mod tls;
mod tunnel;

pub use launch::{LaunchError, OWN, own_launch, read_launch};
pub use run::run;
pub use shim::{SUBCOMMAND, shim_main};
