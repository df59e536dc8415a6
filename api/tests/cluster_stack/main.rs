//! The whole of it on a real node: the real binary with the rights that `deploy/kubernetes` gives it, real pods with
//! the real Goose, and a model that does as it is told; and then what can go wrong with a cluster.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../common/chat.rs"]
mod chat;
mod chats;
#[expect(dead_code, reason = "the tests without a cluster ask it more")]
#[path = "../common/acp.rs"]
mod client;
mod crashes;
mod credentials;
mod diagnoses;
mod dialled;
mod ends;
mod faults;
mod files;
mod hands;
mod harness;
mod images;
mod installed;
mod life;
mod orphans;
mod stores;
mod users;
mod walls;
