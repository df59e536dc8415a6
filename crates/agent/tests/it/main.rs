//! The hub against relays of the tests, the translator against what a real Goose said, and both against a real
//! relay with a real Goose.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod commands;
mod find;
mod fixtures;
mod frames;
mod garbage;
mod handshake;
mod probe;
mod relay;
