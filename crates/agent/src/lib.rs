//! The links between the server and its agents.
//!
//! [`Hub`] is the agent listener: relays call it, and it carries what they say to the core and the core's
//! commands to them. [`translate`] understands ACP, [`encode`] speaks it; nothing outside this crate knows
//! the protocol. [`EnvModel`] decides which model an agent is given.

pub mod encode;
mod hub;
mod identity;
mod model;
pub mod translate;

pub use gaggle_relay_protocol::{Probe, Probed};
pub use hub::{Dial, Dialling, Hub, Stream, Tunnel, Tunnels};
pub use identity::{Identity, IdentityError};
pub use model::{EnvModel, ModelConfigError};
