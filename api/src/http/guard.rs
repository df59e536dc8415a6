//! What every request passes on its way in and out, outermost first: its id and log line, panics, security
//! headers, that it is no agent, the check of Host and Origin, how many writes an address may send, and the time a
//! reading call may take.

mod agents;
mod door;
mod headers;
mod panic;
mod rate;
mod time;
mod trace;

pub use agents::{Agents, no_agents};
pub use door::{Door, check};
pub use headers::secure;
pub use panic::caught;
pub use rate::{Peer, Rate, paced};
pub use time::timely;
pub use trace::{request_id, trace};
