//! Stores for tests: one in memory, a wrapper that breaks on command, and the suite every store must pass.

pub mod conformance;
mod faulty;
mod journal;
mod memory;
pub mod sample;
pub mod superseded;

pub use faulty::{Fault, FaultyStore, Moment, Written};
pub use memory::MemoryStore;
