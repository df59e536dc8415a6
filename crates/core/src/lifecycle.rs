//! How what is comes to what is wished: a pure plan, and the one loop that carries it out.

mod plan;
mod transition;
mod writes;

pub(crate) mod driver;
pub(crate) mod line;
pub(crate) mod orphans;
pub(crate) mod steps;
pub(crate) mod sweep;

pub use plan::{Limits, Seen, Step, plan};
pub(crate) use plan::{after, sleeps_at};
pub(crate) use writes::fail_waiting;
