//! Against a real server that speaks MongoDB's protocol.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod away;
mod conformance;
mod place;
mod shape;
mod standalone;
mod superseded;
