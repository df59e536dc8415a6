//! Turns: pure changes of a record by what people and agents say, and the commands that follow from a record.

mod abandon;
pub(crate) mod attached;
mod commands;
mod decide;
mod doom;
mod modes;
mod offers;
mod source;
mod steers;
mod stream;
mod turns;

pub(crate) use commands::wanted_commands;
pub(crate) use decide::{decide, missing, relay_connected, relay_outdated, streams};
pub(crate) use doom::{doom, erasable, erased, is_doomed};
pub(crate) use steers::{end as end_steers, steer, steer_message};
pub(crate) use stream::stream;
pub(crate) use turns::{
    Said, advance, already_answered, answer_permission, edit, end_all, end_turn, expire, interrupt_running,
    queue, running_in, started, stop, summary, turn_view, wanted_mode, wanted_model,
};
