//! What the tests share.

mod conn;
mod relay;

pub(crate) use conn::{Conn, Home, acp, note, says};
pub(crate) use relay::{Relay, eventually, processes_of};
