//! The heart of Gaggle: projects, their lifecycle, their journal and the chat.
//!
//! It knows no HTTP, no cluster, no database, no file and no clock: those stand behind the traits of
//! [`port`]. Requests write what is wished into one record per project; one reconciler looks at what is
//! wished and what is, and takes one step at a time.

mod cell;
mod chat;
mod draft;
mod engine;
pub mod error;
mod journal;
pub mod lifecycle;
pub mod port;
pub mod record;
pub mod service;
