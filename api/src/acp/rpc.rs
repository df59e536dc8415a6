//! JSON-RPC 2.0: reading a message, and what an error is told as.

use crate::http::problem::ApiError;
use gaggle_core::error::Error;
use gaggle_shared::{Code, Problem};
use serde_json::{Map, Value, json};

/// A message of the client.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// It wants an answer.
    Request { id: Value, method: String, params: Value },
    /// It wants none.
    Notification { method: String, params: Value },
    /// It answers what we asked; none: with an error.
    Response { id: Value, result: Option<Value> },
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RpcError {
    code: i32,
    message: String,
    data: Option<Value>,
}

impl RpcError {
    pub(super) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// A field breaks a rule.
    pub(super) fn invalid(field: &str, rule: &str) -> Self {
        Self::from(ApiError::invalid(field, rule).problem().clone())
    }

    /// Not before `initialize`, or no request at all.
    pub(super) fn not_now(why: &str) -> Self {
        Self::new(-32600, why)
    }

    pub(super) fn no_method(method: &str) -> Self {
        Self::new(-32601, format!("there is no method {method}"))
    }
}

impl From<Problem> for RpcError {
    /// The problem, with its code, stands in `data`.
    fn from(problem: Problem) -> Self {
        let code = match problem.code {
            Code::Unauthenticated | Code::Forbidden => -32000,
            Code::ProjectNotFound | Code::SessionNotFound | Code::TurnNotFound | Code::PermissionNotFound => {
                -32002
            }
            Code::InvalidRequest | Code::IdempotencyKeyReused => -32602,
            _ => -32603,
        };
        let message = problem.detail.clone();
        Self { code, message, data: serde_json::to_value(problem).ok() }
    }
}

impl From<Error> for RpcError {
    fn from(error: Error) -> Self {
        ApiError::from(error).problem().clone().into()
    }
}

/// Reads a message.
///
/// # Errors
/// The answer to what is none.
pub(super) fn read(text: &str) -> Result<Incoming, Value> {
    let message: Value = serde_json::from_str(text)
        .map_err(|error| failed(&Value::Null, &RpcError::new(-32700, format!("not JSON: {error}"))))?;
    let Value::Object(mut message) = message else {
        return Err(failed(&Value::Null, &RpcError::not_now("a message is one JSON object")));
    };
    let id = message.remove("id");
    if id.as_ref().is_some_and(|id| !(id.is_string() || id.is_number() || id.is_null())) {
        return Err(failed(&Value::Null, &RpcError::not_now("an id is a string or a number")));
    }
    let params = message.remove("params").unwrap_or_else(|| Value::Object(Map::new()));
    match (message.remove("method"), id) {
        (Some(Value::String(method)), Some(id)) => Ok(Incoming::Request { id, method, params }),
        (Some(Value::String(method)), None) => Ok(Incoming::Notification { method, params }),
        (None, Some(id)) if message.contains_key("result") || message.contains_key("error") => {
            Ok(Incoming::Response { id, result: message.remove("result") })
        }
        (_, id) => Err(failed(&id.unwrap_or_default(), &RpcError::not_now("a request names its method"))),
    }
}

/// A good answer.
pub(super) fn answer(id: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

/// A bad one.
pub(super) fn failed(id: &Value, error: &RpcError) -> Value {
    let mut told = json!({"code": error.code, "message": error.message});
    if let Some(data) = &error.data {
        told["data"] = data.clone();
    }
    json!({"jsonrpc": "2.0", "id": id, "error": told})
}

/// Something the client is told or asked; with an id it is asked.
pub(super) fn call(id: Option<&str>, method: &str, params: &Value) -> Value {
    match id {
        Some(id) => json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}),
        None => json!({"jsonrpc": "2.0", "method": method, "params": params}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_a_notification_and_an_answer_are_told_apart() {
        let read = |value: Value| read(&value.to_string());
        let request = read(json!({"id": 1, "method": "m", "params": {"a": 1}})).unwrap();
        assert_eq!(request, Incoming::Request { id: json!(1), method: "m".into(), params: json!({"a": 1}) });
        let notification = read(json!({"method": "m"})).unwrap();
        assert_eq!(notification, Incoming::Notification { method: "m".into(), params: json!({}) });
        let result = read(json!({"id": "x", "result": null})).unwrap();
        assert_eq!(result, Incoming::Response { id: json!("x"), result: Some(Value::Null) });
        let error = read(json!({"id": "x", "error": {"code": 1}})).unwrap();
        assert_eq!(error, Incoming::Response { id: json!("x"), result: None });
    }

    #[test]
    fn what_is_no_message_is_answered_with_an_error() {
        for (text, code) in [
            ("{", -32700),
            ("[]", -32600),
            ("1", -32600),
            (r#"{"id":{},"method":"m"}"#, -32600),
            (r#"{"id":1}"#, -32600),
            (r#"{"id":1,"method":2}"#, -32600),
        ] {
            assert_eq!(read(text).unwrap_err()["error"]["code"], code, "{text}");
        }
    }

    #[test]
    fn an_error_carries_our_code_and_no_secret() {
        let mut error = Error::new(Code::Internal, "key sk-123");
        error.detail = Some("stack".into());
        let told = failed(&json!(1), &error.into()).to_string();
        assert!(!told.contains("sk-123") && !told.contains("stack"), "{told}");
        let told = failed(&json!(1), &Error::new(Code::SessionNotFound, "there is no such session").into());
        assert_eq!(told["error"]["code"], -32002);
        assert_eq!(told["error"]["data"]["code"], "session_not_found");
    }
}
