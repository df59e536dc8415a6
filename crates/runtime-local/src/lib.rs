//! Agents as processes of this machine: one relay per project, in a session of its own, so that it outlives the
//! server and is found again by the next one. Nothing isolates them: they run as whoever runs the server.
//!
//! ```text
//! <data_dir>/projects/<project>/workspace   where the agent works
//!                              /agent       Goose's own state
//!                              /relay       the relay's: lock, incarnation, noted prompts, spool
//!                              /logs        agent.log, agent.log.1, relay.err
//!                              /launch.json what the relay was given (0600)
//!                              /relay.pid   which process it is
//!                              /instance    whose project this is
//! <data_dir>/trash                          what is being removed
//! ```
//!
//! A process belongs to a project if its environment says so (`GAGGLE_INSTANCE`, `GAGGLE_PROJECT`); it is known
//! by pid and start time, and nothing else is ever signalled.

mod config;
mod end;
mod goose;
mod launch;
mod layout;
mod logs;
mod pidfile;
mod process;
mod remove;
mod runtime;
mod spawn;

pub use config::LocalConfig;
pub use runtime::LocalRuntime;
