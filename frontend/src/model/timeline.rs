//! The journal as a readable timeline: what a person would tell, not every word that streamed by.

use super::{look::Tone, plain, start, time, tool};
use gaggle_shared::{
    Event, EventBody, PermissionState, Phase, Seq, Severity, StepState, StopReason, Time, ToolStatus, TurnId,
};

/// What an entry is about; decides the filter that shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Phases and steps.
    Lifecycle,
    /// Turns and messages.
    Chat,
    /// Tools.
    Tools,
    /// Approvals.
    Approvals,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 4] = [Self::Lifecycle, Self::Chat, Self::Tools, Self::Approvals];

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Lifecycle => "Lifecycle",
            Self::Chat => "Chat",
            Self::Tools => "Tools",
            Self::Approvals => "Approvals",
        }
    }
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the journal.
    pub seq: Seq,
    /// When.
    pub at: Time,
    /// What about.
    pub topic: Topic,
    /// Its colour.
    pub tone: Tone,
    /// In a few words.
    pub title: String,
    /// The rest; may be empty.
    pub detail: String,
    /// The turn it belongs to.
    pub turn: Option<TurnId>,
    /// True where the log tells more.
    pub in_log: bool,
}

impl Entry {
    /// Whether it says any of this, without regard to case.
    pub fn says(&self, words: &str) -> bool {
        let words = words.trim().to_lowercase();
        words.is_empty()
            || self.title.to_lowercase().contains(&words)
            || self.detail.to_lowercase().contains(&words)
    }
}

/// The line for an event; none for what only streams by.
pub fn entry(event: &Event) -> Option<Entry> {
    let (topic, tone, title, detail) = told(&event.body)?;
    let turn = event.body.turn_id().cloned();
    let in_log = matches!(event.body, EventBody::AgentProcess { .. } | EventBody::ActivationStep { .. })
        || topic == Topic::Lifecycle && tone == Tone::Bad;
    Some(Entry {
        seq: event.seq,
        at: event.at,
        topic,
        tone,
        title,
        detail: plain::line(&detail),
        turn,
        in_log,
    })
}

type Told = (Topic, Tone, String, String);

fn told(body: &EventBody) -> Option<Told> {
    Some(match body {
        EventBody::ProjectPhase { phase, failure, .. } => {
            let (tone, title) = match phase {
                Phase::Inactive => (Tone::Idle, "Asleep"),
                Phase::Activating => (Tone::Busy, "Starting"),
                Phase::Active => (Tone::Ready, "Awake"),
                Phase::Deactivating => (Tone::Idle, "Going to sleep"),
                Phase::Failed => (Tone::Bad, "Failed to start"),
                Phase::Deleting => (Tone::Idle, "Deleting"),
            };
            (
                Topic::Lifecycle,
                tone,
                title.into(),
                failure.as_ref().map(|f| f.message.clone()).unwrap_or_default(),
            )
        }
        EventBody::ProjectDeleted { .. } => (Topic::Lifecycle, Tone::Idle, "Deleted".into(), String::new()),
        EventBody::ActivationStep { state: StepState::Started, .. } => return None,
        EventBody::ActivationStep { step, state, message, elapsed_ms } => {
            let failed = *state == StepState::Failed;
            let title = format!("{} {}", start::label(*step), if failed { "failed" } else { "done" });
            let after = (*elapsed_ms > 0).then(|| format!("after {}", time::length(*elapsed_ms as i64)));
            let said = Some(message.clone()).filter(|message| !message.is_empty());
            let detail = [said, after].into_iter().flatten().collect::<Vec<_>>().join(", ");
            (Topic::Lifecycle, if failed { Tone::Bad } else { Tone::Busy }, title, detail)
        }
        EventBody::ClusterEvent { reason, message, object, severity } => {
            let tone = if *severity == Severity::Warning { Tone::Bad } else { Tone::Idle };
            (Topic::Lifecycle, tone, format!("{reason} {object}"), message.clone())
        }
        EventBody::AgentProcess { running, detail } => {
            let (tone, title) =
                if *running { (Tone::Ready, "Agent up") } else { (Tone::Idle, "Agent ended") };
            (Topic::Lifecycle, tone, title.into(), detail.clone().unwrap_or_default())
        }
        EventBody::TurnQueued { turn } => (Topic::Chat, Tone::Idle, "Message".into(), turn.prompt.clone()),
        EventBody::TurnStarted { .. } => (Topic::Chat, Tone::Ok, "Turn started".into(), String::new()),
        EventBody::TurnEnded { turn } => {
            let stop = turn.stop_reason.unwrap_or(StopReason::EndTurn);
            let took = match (turn.started_at, turn.ended_at) {
                (Some(from), Some(to)) => {
                    time::took(from, to).map(|took| format!(" after {took}")).unwrap_or_default()
                }
                _ => String::new(),
            };
            let detail = turn.failure.as_ref().map(|f| f.message.clone()).unwrap_or_default();
            (Topic::Chat, stop_tone(stop), format!("{}{took}", stop_words(stop)), detail)
        }
        EventBody::ToolUpdate { tool_call, .. } if tool_call.ended_at.is_some() => {
            let head = tool::head(tool_call);
            let tone = match tool_call.status {
                ToolStatus::Failed => Tone::Bad,
                ToolStatus::Rejected => Tone::Wait,
                _ => Tone::Ok,
            };
            (Topic::Tools, tone, format!("{} {}", head.verb, tool::status(tool_call.status)), head.subject)
        }
        EventBody::PermissionRequested { permission } => {
            let call = &permission.tool_call;
            let asks = tool::question(call, &tool::shown(call));
            (Topic::Approvals, Tone::Wait, asks.into(), tool::head(call).subject)
        }
        EventBody::PermissionResolved { permission } => {
            let chosen = permission.options.iter().find(|o| Some(&o.id) == permission.option_id.as_ref());
            let title = match permission.state {
                PermissionState::Answered => {
                    let said =
                        chosen.map_or_else(|| "an option".into(), |option| tool::option_label(&option.name));
                    format!("Answered: {said}")
                }
                PermissionState::Expired => "Approval ran out of time".into(),
                _ => "Approval no longer needed".into(),
            };
            let by = permission.answered_by.as_ref().map(|who| format!("by {who}")).unwrap_or_default();
            (Topic::Approvals, Tone::Wait, title, by)
        }
        EventBody::Reset { reason } => {
            (Topic::Lifecycle, Tone::Idle, "Some of the journal is gone".into(), reason.clone())
        }
        EventBody::MessageDelta { .. }
        | EventBody::MessageThought { .. }
        | EventBody::ToolCall { .. }
        | EventBody::ToolUpdate { .. }
        | EventBody::ToolOutput { .. }
        | EventBody::Usage { .. }
        | EventBody::SessionChanged { .. }
        | EventBody::AgentUpdate { .. } => return None,
    })
}

/// How a turn ended, in words.
pub const fn stop_words(stop: StopReason) -> &'static str {
    match stop {
        StopReason::EndTurn => "Turn ended",
        StopReason::MaxTokens => "Stopped at the model's token limit",
        StopReason::MaxTurnRequests => "Stopped at the agent's limit of model calls",
        StopReason::Refusal => "The model refused",
        StopReason::Cancelled => "Stopped",
        StopReason::PermissionTimeout => "Nobody answered in time",
        StopReason::Interrupted => "Interrupted",
        StopReason::Failed => "Failed",
    }
}

/// The colour of an end.
pub const fn stop_tone(stop: StopReason) -> Tone {
    match stop {
        StopReason::EndTurn => Tone::Ok,
        StopReason::Cancelled | StopReason::MaxTokens | StopReason::MaxTurnRequests | StopReason::Refusal => {
            Tone::Idle
        }
        StopReason::PermissionTimeout => Tone::Wait,
        StopReason::Interrupted | StopReason::Failed => Tone::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::{delta, event, queued, turn};

    #[test]
    fn words_that_stream_by_are_not_told() {
        assert_eq!(entry(&event(1, delta("t1", 0, 0, "hi"))), None);
        let told = entry(&event(2, queued(turn("t1", "build\nit")))).unwrap();
        assert_eq!((told.title.as_str(), told.detail.as_str()), ("Message", "build it"));
        assert_eq!((told.turn.is_some(), told.in_log), (true, false));
        assert!(told.says(" BUILD ") && told.says("") && !told.says("tear"));
    }
}
