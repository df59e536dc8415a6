use gaggle_shared::TurnId;
use serde::{Deserialize, Serialize};

/// One entry of the stream from relay to server, numbered from 1 within an incarnation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Its number.
    pub n: u64,
    /// When the relay made it, milliseconds since 1970.
    pub at: i64,
    /// What it carries.
    #[serde(flatten)]
    pub payload: Payload,
}

/// What a frame carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// One ACP message (JSON-RPC 2.0) of Goose, as it came.
    Acp(serde_json::Value),
    /// Something the relay itself has to say.
    Note(Note),
}

/// What a relay has to say between Goose's messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Note {
    /// Goose runs and has answered ACP `initialize`; sessions of before must be loaded again.
    AgentUp {
        /// Counts Goose's starts within this incarnation, from 1.
        start: u64,
        /// The result of `initialize`, as it came.
        initialize: serde_json::Value,
    },
    /// Goose ended. Nothing of it follows. The relay starts it again after a pause unless `last` is true.
    AgentDown {
        /// Which start ended.
        start: u64,
        /// Its exit code.
        exit_code: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
        /// Its last lines, at most 4 KiB.
        last_lines: String,
        /// True: it ended too often (crash loop) and is not started again.
        last: bool,
        /// True: the relay ended it, because the server stayed away for longer than the patience; it is
        /// started again when the server says so.
        #[serde(default)]
        resting: bool,
    },
    /// The relay was told to end, by a signal and not by its server (a pod that is deleted or evicted), and ends Goose
    /// now, which has a moment for what it does: nothing new should be begun with this start.
    AgentEnding {
        /// Which start.
        start: u64,
    },
    /// Goose was started but did not answer `initialize` in time; as `agent_down`, with what is known.
    AgentUnresponsive {
        /// Which start.
        start: u64,
        /// Its last lines, at most 4 KiB.
        last_lines: String,
        /// True: not started again.
        last: bool,
    },
    /// This turn's prompt is durably noted and goes to Goose next: every update of this session between here
    /// and the answer to the prompt belongs to the turn.
    PromptWritten {
        /// The turn.
        turn_id: TurnId,
        /// Goose's session.
        agent_session: String,
    },
    /// The command was not carried out. `noted`, `not_running` and `unknown` are final; after `no_agent`,
    /// `full` and `not_noted` the same command may be sent again, under its own id, once there is reason to.
    Refused {
        /// The command's id.
        id: String,
        /// The turn of a refused prompt.
        turn_id: Option<TurnId>,
        /// `noted` (a prompt that was written before, by this or an earlier incarnation), `not_running`
        /// (a cancel or answer whose turn is over), `unknown` (a newer server's command), `no_agent` (Goose is
        /// down, is another start than meant, or does not read), `full` (the spool has no room for a turn),
        /// `not_noted` (the disk refused to note the turn: nothing was written to Goose).
        reason: String,
    },
    /// Live tool output was left out to save room.
    Thinned {
        /// How many bytes.
        bytes: u64,
    },
    /// The spool is full: what Goose said from here on is lost and the turn was cancelled.
    SpoolFull,
}
