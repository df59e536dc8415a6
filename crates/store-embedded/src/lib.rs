//! The embedded store: one file, one owner, one fsync per acknowledgement.
//!
//! Records are JSON in a [redb](https://docs.rs/redb) file. All writes go through one thread, which takes whatever
//! waits into one transaction with one fsync (group commit). Reads see the last committed state and wait for nobody.

mod apply;
mod batch;
mod disk;
mod error;
mod head;
mod layout;
mod lock;
mod migrate;
mod op;
mod query;
mod shared;
mod store;
#[cfg(test)]
mod tests;
mod writer;

pub use error::OpenError;
pub use lock::DirLock;
pub use store::EmbeddedStore;
