//! What is stored: one record per project, which is also what acknowledges; ended turns and journal batches beside it.

mod abandoned;
mod doomed;
mod journal;
mod phase;
mod project;
mod renumber;
mod turn;

pub use abandoned::Abandoned;
pub use doomed::Doomed;
pub use journal::Entry;
pub use phase::PhaseState;
pub(crate) use project::{ACTIVATE, READY as ACTIVATED};
pub use project::{
    DayUsage, IdempotencyEntry, Lease, LinkRecord, Listing, ProjectRecord, Ready, SCHEMA, SessionRecord,
    StartRecord, Tombstone, Unplaced,
};
pub use turn::{Asking, LiveTurn, Steer, SteerState, TurnRecord, TurnStage};
