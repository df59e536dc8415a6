//! The MongoDB store: any MongoDB from 5.0 on, standalone or replica set.
//!
//! No transactions and no change streams: what acknowledges is one atomic write of one document, with `majority`
//! and the journal. Two projects of a user cannot have one name, and one creation key cannot make two projects,
//! because unique indexes say so. Records are JSON inside the documents, beside the few fields that are searched by.

mod address;
mod error;
mod head;
mod journal;
mod kept;
mod layout;
mod pack;
mod projects;
mod run;
mod store;
mod turns;

pub use address::{AddressError, MongoAddress};
pub use store::MongoStore;
