//! Messages and turns.

pub(super) mod attachment;
pub(super) mod cancel;
pub(super) mod edit;
pub(super) mod messages;
pub(super) mod send;
pub(super) mod steer;
pub(super) mod take_back;
pub(super) mod turn;
mod turn_stream;
pub(super) mod turns;
