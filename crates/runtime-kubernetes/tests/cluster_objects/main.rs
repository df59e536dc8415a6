//! The objects on a real node: `cargo xtask cluster up`, then the variables it prints.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must end")]

#[path = "../common/account.rs"]
mod account;
mod held;
mod life;
mod world;
