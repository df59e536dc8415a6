//! The core against fakes: lifecycle, chat, journal, and a crash after every write.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod attached;
mod chat;
mod crash;
mod files;
mod hands;
mod journal;
mod keys;
mod lifecycle;
mod orphans;
mod permissions;
mod placing;
mod sessions;
mod steers;
mod story;
mod superseded;
mod usage;
mod world;
