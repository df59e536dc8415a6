//! What people do in a chat, and what can go wrong in one: the same wherever the agent runs. Each works in a project of
//! its own, in the world of whoever calls it, which knows how to look at an agent there.

#[path = "chat/approvals.rs"]
pub(crate) mod approvals;
#[path = "chat/deaths.rs"]
pub(crate) mod deaths;
#[path = "chat/turns.rs"]
pub(crate) mod turns;
