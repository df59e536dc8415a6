//! The relay as a process, with the real Goose behind it, its demo model as the model, and a small server
//! that speaks the protocol in front of it.

mod demo;
mod kit;
mod life;
mod link;
mod spool;
mod turn;
