//! Sockets: where the server listens, how it takes connections, and how it ends.

mod accept;
mod listen;
mod signals;

pub use accept::accept;
pub use listen::{ListenError, bind};
pub use signals::{Ending, Signals};
