//! The little that the relay must understand of ACP: what ends a turn, and what is live tool output.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::borrow::Cow;

/// A JSON-RPC message, its contents left unread.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// It is not a JSON object.
    pub(crate) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        if text.trim_start().starts_with('{') {
            serde_json::from_str(text)
        } else {
            // A struct would be read from an array too.
            Err(serde::de::Error::custom("not an object"))
        }
    }

    /// The id of the request that this message answers, if that is a string (ours all are).
    pub(crate) fn answers(&self) -> Option<String> {
        let id = self.id.filter(|_| self.method.is_none())?;
        serde_json::from_str(id.get()).ok()
    }

    /// The id and the session of a question for a permission.
    pub(crate) fn asks(&self) -> Option<(Value, String)> {
        let (id, params) = (self.id?, self.params?);
        if self.method.as_deref() != Some("session/request_permission") {
            return None;
        }
        let asking: Asking<'_> = serde_json::from_str(params.get()).ok()?;
        Some((serde_json::from_str(id.get()).ok()?, asking.session_id.into_owned()))
    }

    /// What a response carries.
    pub(crate) fn outcome(&self) -> Result<&'a str, &'a str> {
        match (self.result, self.error) {
            (Some(result), _) => Ok(result.get()),
            (None, error) => Err(error.map_or("no result", RawValue::get)),
        }
    }

    /// True for the output of a tool that still runs: what can be left out when there is little room, since
    /// the tool's result repeats it.
    pub(crate) fn is_live_output(&self) -> bool {
        if self.method.as_deref() != Some("session/update") {
            return false;
        }
        let params = self.params.and_then(|params| serde_json::from_str::<Params<'_>>(params.get()).ok());
        params.is_some_and(|Params { update }| {
            update.kind == "tool_call_update"
                && update.status.as_deref() == Some("in_progress")
                && update.meta.is_some_and(|meta| meta.tool_notification.is_some())
        })
    }
}

#[derive(Deserialize)]
struct Asking<'a> {
    #[serde(borrow, rename = "sessionId")]
    session_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    update: Update<'a>,
}

#[derive(Deserialize)]
struct Update<'a> {
    #[serde(borrow, rename = "sessionUpdate")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "_meta")]
    meta: Option<Meta<'a>>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow, default, rename = "toolNotification")]
    tool_notification: Option<&'a RawValue>,
}

/// The notification that ends what a session does now.
pub(crate) fn cancel(agent_session: &str) -> String {
    let params = serde_json::json!({ "sessionId": agent_session });
    serde_json::json!({ "jsonrpc": "2.0", "method": "session/cancel", "params": params }).to_string()
}

/// The answer to a question that nobody answers any more.
pub(crate) fn cancelled(question: &Value) -> String {
    let result = serde_json::json!({ "outcome": { "outcome": "cancelled" } });
    serde_json::json!({ "jsonrpc": "2.0", "id": question, "result": result }).to_string()
}

/// The first request of every connection.
pub(crate) fn initialize() -> String {
    serde_json::json!({
        "jsonrpc": "2.0",
        "id": "initialize",
        "method": "initialize",
        "params": {
            "protocolVersion": 1,
            "clientCapabilities": {},
            "clientInfo": { "name": "gaggle", "version": env!("CARGO_PKG_VERSION") },
        },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_output_of_a_running_tool_may_be_thinned() {
        let live = r#"{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"1","update":{"sessionUpdate":"tool_call_update","toolCallId":"c","status":"in_progress","_meta":{"toolNotification":{"type":"live_output","chunks":[]}}}}}"#;
        assert!(Envelope::parse(live).unwrap().is_live_output());
        for other in [
            live.replace("in_progress", "completed"),
            live.replace("toolNotification", "other"),
            live.replace("tool_call_update", "tool_call"),
            live.replace("session/update", "session/other"),
        ] {
            assert!(!Envelope::parse(&other).unwrap().is_live_output());
        }
    }

    #[test]
    fn an_answer_is_told_from_a_request() {
        let answer = Envelope::parse(r#"{"id":"prompt:t1","result":{"stopReason":"end_turn"}}"#).unwrap();
        assert_eq!(answer.answers().as_deref(), Some("prompt:t1"));
        assert_eq!(answer.outcome(), Ok(r#"{"stopReason":"end_turn"}"#));
        let request = Envelope::parse(r#"{"id":"prompt:t1","method":"session/request_permission"}"#).unwrap();
        assert_eq!((request.answers(), request.asks()), (None, None));
        let asked =
            r#"{"id":7,"method":"session/request_permission","params":{"sessionId":"s1","options":[]}}"#;
        assert_eq!(Envelope::parse(asked).unwrap().asks(), Some((7.into(), "s1".into())));
        assert!(Envelope::parse("[]").is_err() && Envelope::parse("{").is_err());
    }
}
