use gaggle_shared::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One stored entry of a journal: the event, and the ACP update it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What readers get.
    pub event: Event,
    /// The agent's message as it came, `_meta` included, but for the words that stand in the event; of joined pieces
    /// theirs, each once. None where no message was the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Value>,
}
