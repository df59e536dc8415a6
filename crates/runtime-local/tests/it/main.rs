//! Real processes: a relay of the tests, started, found again, killed and ended.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod logs;
mod removal;
mod start;
mod stub;
mod survival;
