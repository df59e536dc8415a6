//! The server: calls and streams.

mod ahead;
mod call;
mod http;
mod stream;

pub(crate) use call::{Project, User, info, status, users};
pub(crate) use http::Trouble;
pub(crate) use stream::{Stop, Stream, again};
