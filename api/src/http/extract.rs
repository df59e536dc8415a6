//! What handlers take out of a request, each with its own problem when it is not as it should be.

mod body;
mod call;
mod path;
mod prefer;
mod query;

pub use body::{Body, MaybeBody, Nothing};
pub use call::{Calling, Posting};
pub use path::{InAttachment, InPermission, InProject, InSession, InTurn, InUser};
pub use prefer::Prefer;
pub use query::{Limit, Query, accepts, last_event_id};
