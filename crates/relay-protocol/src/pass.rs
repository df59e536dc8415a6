use serde::{Deserialize, Serialize};

/// Texts of a client that may be under way in each direction before one was taken.
pub const WINDOW: usize = 64;

/// Clients that a relay passes through at once.
pub const CLIENTS: usize = 16;

/// Longest text of a client, in bytes.
pub const LONGEST_TEXT: usize = 1024 * 1024;

/// Another ACP client, let in at the relay's `/acp` with the project's key and passed through to the server over
/// the link. Not part of the numbered stream: all of a link's clients end with it. Whose project it is about is
/// known by the link alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Pass {
    /// The server serves clients; before it says so, none is let in.
    Ready,
    /// A client came (relay only).
    Open {
        /// Names it; counted from 1 by the relay, never used again.
        client: u64,
    },
    /// One WebSocket text, to or from a client.
    Text {
        /// Which.
        client: u64,
        /// At most [`LONGEST_TEXT`] bytes from a client.
        text: String,
    },
    /// So many more texts may be sent: at first [`WINDOW`], then as many as were taken.
    Taken {
        /// Which.
        client: u64,
        /// How many.
        count: u32,
    },
    /// It is over; also the answer to a `close`, unless that was one.
    Close {
        /// Which.
        client: u64,
        /// Why, for the client.
        #[serde(default)]
        reason: String,
    },
}
