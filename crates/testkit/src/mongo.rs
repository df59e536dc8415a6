//! A server that speaks MongoDB's protocol, for tests that need one, and a proxy before it that can be cut.
//!
//! It is SecantusDB, a tool for tests only: <https://pypi.org/project/SecantusDB/>.

mod proxy;
mod server;

pub use proxy::MongoProxy;
pub use server::{MongoServer, binary};
