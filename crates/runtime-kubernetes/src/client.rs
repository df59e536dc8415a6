//! The way to the API server: credentials, a connection that may be wrong and heal, and calls with a deadline of
//! their own whose errors say what they mean.

mod connection;
mod credentials;
mod fault;
mod page;

pub use connection::{Connection, DEADLINE};
pub use credentials::{BadCredentials, Credentials, Secret};
pub use fault::{Call, Fault, Verb};
pub(crate) use page::{Next, Pages};
