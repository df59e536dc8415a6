//! What every request passes on its way in and out, outermost first: its id and log line, panics, security
//! headers, the check of Host and Origin, and the time a reading call may take.

mod door;
mod headers;
mod panic;
mod time;
mod trace;

pub use door::{Door, check};
pub use headers::secure;
pub use panic::caught;
pub use time::timely;
pub use trace::{request_id, trace};
