//! Real processes: a relay of the tests, started, found again, killed and ended.

mod logs;
mod removal;
mod start;
mod stub;
mod survival;
