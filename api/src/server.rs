//! Sockets: where the server listens, how it takes connections, and how it ends.

mod accept;
mod listen;
mod open;
mod signals;

pub use accept::accept;
pub use listen::{ListenError, bind};
pub use open::Open;
pub use signals::{Ending, Signals};
