//! The core against fakes: lifecycle, chat, journal, and a crash after every write.

mod access;
mod chat;
mod crash;
mod journal;
mod lifecycle;
mod permissions;
mod world;
