//! The whole of it with its records in a real server that speaks MongoDB's protocol: what an end of either survives.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod failover;
mod hangs_up;
#[expect(dead_code, unused_imports, reason = "another program needs more of it")]
mod harness;
mod moving;
mod opening;
mod survival;
