//! Messages and turns.

pub mod cancel;
pub mod edit;
pub mod messages;
pub mod send;
pub mod steer;
pub mod take_back;
pub mod turn;
mod turn_stream;
pub mod turns;
