//! What the relay itself says.

use gaggle_core::port::{AgentEvent, Refusal};
use gaggle_relay_protocol::Note;
use gaggle_shared::Accepts;

/// Lines of a dead agent beyond this are cut off: the relay promises 4 KiB, but what it says is not trusted.
const LAST_LINES: usize = 16 * 1024;

pub(super) fn event(note: Note) -> AgentEvent {
    match note {
        Note::AgentUp { start, initialize } => {
            let takes = &initialize["agentCapabilities"]["promptCapabilities"];
            // What is not said is not taken (ACP, Initialization).
            let can = |what: &str| takes[what].as_bool().unwrap_or(false);
            AgentEvent::Up { start, accepts: Accepts { images: can("image"), texts: can("embeddedContext") } }
        }
        Note::AgentDown { start, last_lines, resting: true, .. } => {
            AgentEvent::Rested { start, last_lines: tail(last_lines) }
        }
        Note::AgentDown { start, exit_code, signal, last_lines, last, resting: false } => {
            let how = match (exit_code, signal) {
                (_, Some(signal)) => format!("signal {signal}"),
                (Some(code), None) => format!("exit code {code}"),
                (None, None) => "for an unknown reason".into(),
            };
            AgentEvent::Down { start, how, last_lines: tail(last_lines), last, unresponsive: false }
        }
        Note::AgentEnding { start } => AgentEvent::Ending { start },
        Note::AgentUnresponsive { start, last_lines, last } => {
            let how = "did not answer initialize".into();
            AgentEvent::Down { start, how, last_lines: tail(last_lines), last, unresponsive: true }
        }
        Note::PromptWritten { turn_id, agent_session } => {
            AgentEvent::PromptWritten { turn: turn_id, agent_session }
        }
        Note::Refused { id, turn_id, reason } => {
            AgentEvent::Refused { command: id, turn: turn_id, reason: refusal(&reason) }
        }
        Note::Thinned { bytes } => AgentEvent::Thinned { bytes },
        Note::SpoolFull => AgentEvent::SpoolFull,
    }
}

fn refusal(reason: &str) -> Refusal {
    match reason {
        "noted" => Refusal::Noted,
        "not_running" => Refusal::NotRunning,
        "no_agent" => Refusal::NoAgent,
        "full" | "not_noted" => Refusal::NoRoom,
        _ => Refusal::Unknown,
    }
}

fn tail(mut text: String) -> String {
    if text.len() > LAST_LINES {
        let cut = text.len() - LAST_LINES;
        let cut = (cut..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        text.drain(..cut);
    }
    text
}
