//! What a client has been shown of a session: what comes twice (from the transcript, then live) is told once.

use super::update::{self, Voice};
use gaggle_shared::{EventBody, Message, MessageId, MessageState, Part, Role, ToolCall, ToolStatus, TurnId};
use serde_json::Value;
use std::collections::{HashMap, VecDeque};

/// Of a tool's live output so much is kept to be told.
const OUTPUT: usize = 64 * 1024;
/// Output up to this is told at every piece, beyond it whenever it has doubled: all of it goes each time.
const EVERY: usize = 4 * 1024;
/// So many turns that are over are known one by one.
const SETTLED: usize = 64;

/// What a client has been shown of a session.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Turns that are not over.
    turns: HashMap<TurnId, TurnShown>,
    /// The last ones that are over and shown: turns of one millisecond have ids in any order.
    settled: VecDeque<TurnId>,
    /// All up to this one is shown.
    floor: Option<TurnId>,
}

#[derive(Debug, Default)]
struct TurnShown {
    /// Bytes of each part.
    texts: HashMap<(MessageId, u32), u64>,
    tools: HashMap<String, ToolShown>,
}

#[derive(Debug)]
struct ToolShown {
    call: ToolCall,
    output: String,
    /// Bytes of the output that were told last.
    told: usize,
}

impl Shown {
    /// The client knows what it said itself.
    pub(super) fn knows_prompt(&mut self, turn: &TurnId) {
        let shown = self.turns.entry(turn.clone()).or_default();
        shown.texts.insert((MessageId::of_user(turn), 0), u64::MAX);
    }

    /// True: nothing of this turn is left to tell.
    pub(super) fn is_settled(&self, turn: &TurnId) -> bool {
        !self.turns.contains_key(turn)
            && (self.settled.contains(turn) || self.floor.as_ref().is_some_and(|floor| turn <= floor))
    }

    /// What an event of the session's tells.
    pub(super) fn event(&mut self, body: &EventBody) -> Vec<Value> {
        if body.turn_id().is_some_and(|turn| self.is_settled(turn)) {
            return Vec::new();
        }
        match body {
            EventBody::TurnStarted { turn } => {
                let id = MessageId::of_user(&turn.id);
                self.turn(&turn.id).text(Voice::User, id, 0, 0, &turn.prompt).into_iter().collect()
            }
            EventBody::MessageDelta { turn_id, message_id, role, part, offset, text } => {
                let voice = if *role == Role::User { Voice::User } else { Voice::Agent };
                let turn = self.turn(turn_id);
                turn.text(voice, message_id.clone(), *part, *offset, text).into_iter().collect()
            }
            EventBody::MessageThought { turn_id, message_id, part, offset, text, .. } => {
                let turn = self.turn(turn_id);
                turn.text(Voice::Thought, message_id.clone(), *part, *offset, text).into_iter().collect()
            }
            EventBody::ToolCall { turn_id, tool_call, .. }
            | EventBody::ToolUpdate { turn_id, tool_call, .. } => {
                self.turn(turn_id).tool(turn_id, tool_call, None).into_iter().collect()
            }
            EventBody::ToolOutput { turn_id, tool_call_id, text, whole: true, .. } => {
                self.turn(turn_id).whole_output(turn_id, tool_call_id, text).into_iter().collect()
            }
            EventBody::ToolOutput { turn_id, tool_call_id, offset, text, .. } => {
                self.turn(turn_id).output(turn_id, tool_call_id, *offset, text).into_iter().collect()
            }
            EventBody::Usage { usage, .. } => update::usage(usage).into_iter().collect(),
            // What the protocol has and we have no event for, such as a plan, is passed on as it came.
            EventBody::AgentUpdate { update, .. } if update["sessionUpdate"].is_string() => {
                vec![update.clone()]
            }
            EventBody::TurnEnded { turn } => {
                self.settle(&turn.id);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// What a message of the transcript tells that was not told before.
    pub(super) fn message(&mut self, message: &Message) -> Vec<Value> {
        let turn_id = &message.turn_id;
        // A waiting message may be changed; it is told when its turn begins.
        if message.state == MessageState::Queued || self.is_settled(turn_id) {
            return Vec::new();
        }
        let turn = self.turn(turn_id);
        let mut told = Vec::new();
        for (index, part) in message.parts.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let voice = if message.role == Role::User { Voice::User } else { Voice::Agent };
            match part {
                Part::Text { text } => told.extend(turn.text(voice, message.id.clone(), index, 0, text)),
                Part::Thought { text } => {
                    told.extend(turn.text(Voice::Thought, message.id.clone(), index, 0, text));
                }
                Part::Tool { tool_call } => {
                    told.extend(turn.tool(turn_id, tool_call, Some(&tool_call.output)));
                }
                _ => {}
            }
        }
        told
    }

    /// A turn is over: nothing more of it comes.
    pub(super) fn settle(&mut self, turn: &TurnId) {
        self.turns.remove(turn);
        self.settled.push_back(turn.clone());
        if self.settled.len() > SETTLED {
            // Turns of a session run one after the other, as their ids rise.
            self.floor = self.settled.pop_front().max(self.floor.take());
        }
    }

    fn turn(&mut self, id: &TurnId) -> &mut TurnShown {
        self.turns.entry(id.clone()).or_default()
    }
}

impl TurnShown {
    fn text(&mut self, voice: Voice, id: MessageId, part: u32, offset: u64, text: &str) -> Option<Value> {
        let end = offset + text.len() as u64;
        let name = id.to_string();
        let have = self.texts.entry((id, part)).or_default();
        if end <= *have {
            return None;
        }
        let skip = usize::try_from(have.saturating_sub(offset)).unwrap_or(usize::MAX);
        *have = end;
        Some(update::chunk(voice, &name, text.get(skip..).unwrap_or(text)))
    }

    /// A call as it is now; `output` where all of it is known.
    fn tool(&mut self, turn: &TurnId, call: &ToolCall, output: Option<&str>) -> Option<Value> {
        let first = !self.tools.contains_key(&call.id);
        let shown = self.tools.entry(call.id.clone()).or_insert_with(|| ToolShown {
            call: call.clone(),
            output: String::new(),
            told: 0,
        });
        let longer = output.filter(|output| output.len() > shown.output.len());
        if !first && is_over(&shown.call) && longer.is_none() {
            return None;
        }
        if let Some(output) = longer {
            output.clone_into(&mut shown.output);
        }
        shown.call = ToolCall { output: String::new(), ..call.clone() };
        shown.told = shown.output.len();
        Some(update::tool(turn, &shown.call, &shown.output, first))
    }

    fn whole_output(&mut self, turn: &TurnId, call: &str, text: &str) -> Option<Value> {
        let shown = self.tools.get_mut(call).filter(|shown| shown.output != text)?;
        text.clone_into(&mut shown.output);
        shown.told = text.len();
        Some(update::output(turn, &shown.call, text))
    }

    fn output(&mut self, turn: &TurnId, call: &str, offset: u64, text: &str) -> Option<Value> {
        let shown = self.tools.get_mut(call)?;
        let end = offset + text.len() as u64;
        let have = shown.output.len() as u64;
        if end <= have || shown.output.len() >= OUTPUT {
            return None;
        }
        let skip = usize::try_from(have.saturating_sub(offset)).unwrap_or(usize::MAX);
        shown.output.push_str(text.get(skip..).unwrap_or(text));
        let enough = shown.output.len() <= EVERY || shown.output.len() >= shown.told * 2;
        (enough || is_over(&shown.call)).then(|| {
            shown.told = shown.output.len();
            update::output(turn, &shown.call, &shown.output)
        })
    }
}

fn is_over(call: &ToolCall) -> bool {
    matches!(call.status, ToolStatus::Completed | ToolStatus::Failed | ToolStatus::Rejected)
}

#[cfg(test)]
mod tests;
