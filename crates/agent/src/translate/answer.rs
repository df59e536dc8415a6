//! Answers to our commands.

use crate::encode::MADE_BY_US;
use gaggle_core::port::{AgentAnswer, AgentError, AgentEvent};
use gaggle_shared::{StopReason, Usage};
use serde_json::Value;

/// So many sessions of a page are looked at: the agent is not trusted.
const MOST: usize = 500;

/// An answer to the command of its id; none if it is no answer to anything of ours (all our ids are strings).
pub(super) fn answered(message: &Value) -> Option<AgentEvent> {
    let command = message["id"].as_str()?.to_owned();
    let outcome = match (message.get("result"), message.get("error")) {
        (_, Some(error)) if !error.is_null() => Err(AgentError {
            code: error["code"].as_i64().unwrap_or_default(),
            message: error["message"].as_str().unwrap_or("an error without words").into(),
            data: error.get("data").filter(|data| !data.is_null()).cloned(),
        }),
        (Some(result), _) => good(&command, result),
        (None, _) => Err(odd("an answer with neither result nor error", message)),
    };
    Some(AgentEvent::Answered { command, outcome })
}

fn good(command: &str, result: &Value) -> Result<AgentAnswer, AgentError> {
    match command.split_once(':').map_or(command, |(what, _)| what) {
        "prompt" => match result["stopReason"].as_str() {
            Some(reason) => Ok(AgentAnswer::PromptEnded {
                stop: stop_reason(reason),
                usage: turn_usage(&result["usage"]),
            }),
            None => Err(odd("an answer to a prompt without its stop reason", result)),
        },
        "new" => match result["sessionId"].as_str() {
            Some(session) => {
                Ok(AgentAnswer::SessionMade { agent_session: session.into(), options: result.clone() })
            }
            None => Err(odd("a new session without its id", result)),
        },
        "list" => Ok(listed(result)),
        "load" => Ok(AgentAnswer::SessionLoaded { options: result.clone() }),
        _ => Ok(AgentAnswer::Other(result.clone())),
    }
}

/// Only what says that it was made over ACP, as all of ours: an agent that does not heed the filter lists more.
fn listed(result: &Value) -> AgentAnswer {
    let ours = |one: &Value| {
        let acp = one["_meta"]["sessionType"] == MADE_BY_US;
        one["sessionId"].as_str().filter(|_| acp).map(str::to_owned)
    };
    let all = result["sessions"].as_array().into_iter().flatten();
    AgentAnswer::Sessions {
        sessions: all.filter_map(ours).take(MOST).collect(),
        next: result["nextCursor"].as_str().map(str::to_owned),
    }
}

/// A reason of a newer protocol still ends the turn; its name is in the source.
fn stop_reason(reason: &str) -> StopReason {
    match reason {
        "max_tokens" => StopReason::MaxTokens,
        "max_turn_requests" => StopReason::MaxTurnRequests,
        "refusal" => StopReason::Refusal,
        "cancelled" => StopReason::Cancelled,
        _ => StopReason::EndTurn,
    }
}

fn turn_usage(usage: &Value) -> Option<Usage> {
    let count = |name: &str| usage[name].as_u64().unwrap_or_default();
    usage.is_object().then(|| Usage {
        input_tokens: count("inputTokens"),
        output_tokens: count("outputTokens"),
        total_tokens: count("totalTokens"),
        ..Usage::default()
    })
}

fn odd(what: &str, message: &Value) -> AgentError {
    AgentError { code: -32603, message: format!("the agent gave {what}"), data: Some(message.clone()) }
}
