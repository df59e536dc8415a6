//! The hub against relays of the tests, the translator against what a real Goose said, and both against a real
//! relay with a real Goose.

mod commands;
mod fixtures;
mod frames;
mod garbage;
mod handshake;
mod relay;
