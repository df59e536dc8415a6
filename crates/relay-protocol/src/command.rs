use gaggle_shared::{PermissionId, TurnId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something a server wants done. The id is a function of what it is for (`prompt:<turn>`,
/// `answer:<permission>`, `load:<session>:<start>`), so that one that is sent again is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Names it.
    pub id: String,
    /// What to do.
    #[serde(flatten)]
    pub body: CommandBody,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum CommandBody {
    /// Note the turn durably, say `prompt_written`, then send this ACP `session/prompt` request to Goose.
    Prompt {
        /// The turn; noted once, ever.
        turn_id: TurnId,
        /// Goose's session.
        agent_session: String,
        /// The start of Goose that has the session at hand: any other refuses (`no_agent`). None: an older server's.
        #[serde(default)]
        start: Option<u64>,
        /// The whole JSON-RPC request; its id is `prompt:<turn>`.
        request: Value,
    },
    /// Send this JSON-RPC request to Goose (`session/new`, `session/load`, `session/set_mode`, steer, …).
    /// Its JSON-RPC id is the command's id, and the answer comes as an ACP frame. With a `start`, it is
    /// refused (`no_agent`) unless that start of Goose still runs.
    Request {
        /// Which start of Goose it is meant for.
        start: Option<u64>,
        /// The whole JSON-RPC request.
        request: Value,
    },
    /// Answer this request of Goose for a permission, unless it is over.
    Answer {
        /// The turn that asked.
        turn_id: TurnId,
        /// The approval.
        permission_id: PermissionId,
        /// The whole JSON-RPC response, with Goose's own request id.
        response: Value,
    },
    /// Send this ACP `session/cancel` notification, unless the turn is over.
    Cancel {
        /// The turn to end.
        turn_id: TurnId,
        /// The whole JSON-RPC notification.
        notification: Value,
    },
    /// Start Goose again, which was ended because the server stayed away (`stay` in the launch,
    /// [`Hello::resting`](crate::Hello::resting)). Where Goose is not resting, nothing happens.
    Start,
    /// End Goose and all it started, flush, and exit.
    Stop {
        /// At most so long for a soft end, in milliseconds.
        grace_ms: u64,
    },
}
