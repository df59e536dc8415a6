//! From what a relay sends to what the core understands. Pure, and total: whatever comes, an event comes out,
//! at worst [`AgentEvent::Unknown`] with its source.

mod answer;
mod note;
mod tool;
mod update;

use gaggle_core::port::{AgentEvent, AgentFrame, Asked, LinkCursor};
use gaggle_relay_protocol::{Found, Note, Pass, Probed};
use gaggle_shared::{OptionKind, PermissionOption, Time};
use serde::{
    Deserialize,
    de::{IgnoredAny, Visitor},
};
use serde_json::Value;
use std::fmt;

/// One message of a relay, read in one pass.
#[derive(Debug, PartialEq)]
pub enum Message {
    /// The next frame, not yet understood.
    Frame(RawFrame),
    /// The command of this id need not be sent again.
    Done(String),
    /// A sign of life.
    Pong,
    /// What came of a probe.
    Probed(Probed),
    /// Of another ACP client, which the relay passes through.
    Pass(Pass),
    /// What it found in the workspace.
    Found(Found),
    /// Nothing that this build knows.
    Unknown,
}

/// A numbered frame as it came.
#[derive(Debug, PartialEq)]
pub struct RawFrame {
    /// Its number.
    pub n: u64,
    at: i64,
    acp: Option<Value>,
    note: Option<Value>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    n: u64,
    #[serde(default)]
    at: i64,
    #[serde(default)]
    acp: Option<Value>,
    #[serde(default)]
    note: Option<Value>,
    #[serde(default)]
    id: Option<String>,
}

/// A frame whose contents cannot be read (nested too deeply) still has its number.
#[derive(Deserialize)]
struct Shell {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    n: u64,
    #[serde(default)]
    at: i64,
    #[serde(default, rename = "acp")]
    _acp: IgnoredAny,
    #[serde(default, rename = "note")]
    _note: IgnoredAny,
}

#[derive(PartialEq)]
enum Kind {
    Frame,
    Done,
    Pong,
    Probed,
    Pass,
    Found,
    Other,
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Kind;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the type of a message")
            }
            fn visit_str<E>(self, name: &str) -> Result<Kind, E> {
                Ok(match name {
                    "frame" => Kind::Frame,
                    "done" => Kind::Done,
                    "pong" => Kind::Pong,
                    "probed" => Kind::Probed,
                    "pass" => Kind::Pass,
                    "found" => Kind::Found,
                    _ => Kind::Other,
                })
            }
        }
        from.deserialize_str(Name)
    }
}

/// Reads a message of a relay.
pub fn message(text: &str) -> Message {
    match serde_json::from_str::<Wire>(text) {
        Ok(Wire { kind: Kind::Frame, n, at, acp, note, .. }) => Message::Frame(RawFrame { n, at, acp, note }),
        Ok(Wire { kind: Kind::Done, id: Some(id), .. }) => Message::Done(id),
        Ok(Wire { kind: Kind::Pong, .. }) => Message::Pong,
        Ok(Wire { kind: Kind::Probed, .. }) => {
            serde_json::from_str(text).map_or(Message::Unknown, Message::Probed)
        }
        Ok(Wire { kind: Kind::Pass, .. }) => {
            serde_json::from_str(text).map_or(Message::Unknown, Message::Pass)
        }
        Ok(Wire { kind: Kind::Found, .. }) => {
            serde_json::from_str(text).map_or(Message::Unknown, Message::Found)
        }
        Ok(_) => Message::Unknown,
        Err(_) => match serde_json::from_str::<Shell>(text) {
            Ok(Shell { kind: Kind::Frame, n, at, .. }) => {
                Message::Frame(RawFrame { n, at, acp: None, note: None })
            }
            _ => Message::Unknown,
        },
    }
}

impl RawFrame {
    /// What it says, as a frame of the relay of this incarnation.
    pub fn understand(self, incarnation: u64) -> AgentFrame {
        let Self { n, at, acp, note } = self;
        let event = match (&acp, note) {
            (Some(message), _) => acp_event(message),
            (None, Some(note)) => {
                serde_json::from_value::<Note>(note).map_or(AgentEvent::Unknown, note::event)
            }
            (None, None) => AgentEvent::Unknown,
        };
        let cursor = LinkCursor { incarnation, frame: n };
        let at = Time::from_millisecond(at).unwrap_or(Time::UNIX_EPOCH);
        AgentFrame { cursor, at, event, source: acp }
    }
}

/// What an ACP message (JSON-RPC 2.0) of the agent says.
pub fn acp_event(message: &Value) -> AgentEvent {
    let params = &message["params"];
    match message.get("method").and_then(Value::as_str) {
        Some("session/update") => match params["sessionId"].as_str() {
            Some(session) => AgentEvent::Update {
                agent_session: session.into(),
                update: update::update(&params["update"]),
            },
            None => AgentEvent::Unknown,
        },
        Some("session/request_permission") => asked(&message["id"], params).unwrap_or(AgentEvent::Unknown),
        Some(_) => AgentEvent::Unknown,
        None => answer::answered(message).unwrap_or(AgentEvent::Unknown),
    }
}

fn asked(request: &Value, params: &Value) -> Option<AgentEvent> {
    if request.is_null() {
        return None;
    }
    let option = |option: &Value| {
        let id = option["optionId"].as_str()?;
        let kind = OptionKind::deserialize(&option["kind"]).unwrap_or(OptionKind::Other);
        Some(PermissionOption { id: id.into(), name: option["name"].as_str().unwrap_or(id).into(), kind })
    };
    Some(AgentEvent::Asked(Box::new(Asked {
        agent_session: params["sessionId"].as_str()?.into(),
        request: request.clone(),
        tool: tool::patch(&params["toolCall"])?,
        options: params["options"].as_array()?.iter().filter_map(option).collect(),
    })))
}
