//! The embedded store against the suite, the disk, and death.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod child;
mod conformance;
mod full;
mod killed;
mod place;
mod story;
