//! One message of a conversation.

use gaggle_shared::{
    AttachmentInfo, EventBody, Failure, Message, MessageId, MessageState, Part, Role, SessionId, StopReason,
    Time, Turn, TurnId, Usage,
    transcript::{Answer, Applied},
};

/// One message, growing.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "as in gaggle_shared::Message")]
pub struct Entry {
    pub id: MessageId,
    pub session_id: SessionId,
    pub turn_id: TurnId,
    pub role: Role,
    pub created_at: Time,
    pub state: MessageState,
    pub failure: Option<Failure>,
    pub stop_reason: Option<StopReason>,
    pub ended_at: Option<Time>,
    pub usage: Option<Usage>,
    pub attachments: Vec<AttachmentInfo>,
    answer: Answer,
}

impl Entry {
    /// As read from the transcript.
    pub(super) fn new(message: Message) -> Self {
        Self {
            id: message.id,
            session_id: message.session_id,
            turn_id: message.turn_id,
            role: message.role,
            created_at: message.created_at,
            state: message.state,
            failure: message.failure,
            stop_reason: message.stop_reason,
            ended_at: message.ended_at,
            usage: message.usage,
            attachments: message.attachments,
            answer: Answer::from_parts(message.parts),
        }
    }

    /// The person's message that began a turn.
    pub(super) fn prompt(turn: &Turn, state: MessageState) -> Self {
        Self {
            id: MessageId::of_user(&turn.id),
            session_id: turn.session_id.clone(),
            turn_id: turn.id.clone(),
            role: Role::User,
            created_at: turn.created_at,
            state,
            failure: None,
            stop_reason: None,
            ended_at: None,
            usage: None,
            attachments: turn.attachments.clone(),
            answer: Answer::from_parts(vec![Part::Text { text: turn.prompt.clone() }]),
        }
    }

    /// The agent's message of a turn that has begun.
    pub(super) fn answer(turn: &Turn, id: MessageId) -> Self {
        Self {
            id,
            session_id: turn.session_id.clone(),
            turn_id: turn.id.clone(),
            role: Role::Assistant,
            created_at: turn.started_at.unwrap_or(turn.created_at),
            state: MessageState::Streaming,
            failure: None,
            stop_reason: None,
            ended_at: None,
            usage: None,
            attachments: Vec::new(),
            answer: Answer::from_parts(turn.parts.clone()),
        }
    }

    /// What a person adds while a turn runs.
    pub(super) fn added(turn: &Turn, id: MessageId) -> Self {
        let answer = Answer::default();
        Self { role: Role::User, state: MessageState::Complete, answer, ..Self::answer(turn, id) }
    }

    /// Its parts so far.
    pub fn parts(&self) -> &[Part] {
        self.answer.parts()
    }

    /// Its text, for copying.
    pub fn text(&self) -> String {
        self.answer.text()
    }

    pub(super) fn apply(&mut self, body: &EventBody) -> Applied {
        self.answer.apply(body)
    }

    pub(super) fn close(&mut self, at: Time) {
        self.answer.close(at);
    }

    /// A waiting message may have been edited; one that runs is what it was.
    pub(super) fn prompt_is(&mut self, prompt: &str) {
        if self.answer.text() != prompt {
            self.answer = Answer::from_parts(vec![Part::Text { text: prompt.to_owned() }]);
        }
    }

    /// Moves forward, never back.
    pub(super) fn advance(&mut self, state: MessageState, failure: Option<Failure>) {
        if rank(state) >= rank(self.state) {
            self.state = state;
            self.failure = failure.or(self.failure.take());
        }
    }

    /// Joins what the transcript says with what the journal said: the longer one is the newer one.
    pub(super) fn join(&mut self, message: Message) {
        let read = Self::new(message);
        if read.weight() >= self.weight() || rank(read.state) > rank(self.state) {
            self.answer = read.answer;
        }
        self.ends(read.stop_reason, read.ended_at, read.usage);
        self.advance(read.state, read.failure);
    }

    /// How its turn ended, where that is known.
    pub(super) fn ends(&mut self, stop: Option<StopReason>, at: Option<Time>, usage: Option<Usage>) {
        self.stop_reason = stop.or(self.stop_reason);
        self.ended_at = at.or(self.ended_at);
        self.usage = usage.or(self.usage.take());
    }

    fn weight(&self) -> (usize, usize) {
        let bytes = |part: &Part| match part {
            Part::Text { text } | Part::Thought { text } => text.len(),
            Part::Tool { tool_call } => tool_call.output.len() + usize::from(tool_call.ended_at.is_some()),
            Part::Permission { .. } => 0,
        };
        (self.parts().len(), self.parts().iter().map(bytes).sum())
    }
}

const fn rank(state: MessageState) -> u8 {
    match state {
        MessageState::Queued => 0,
        MessageState::Streaming => 1,
        _ => 2,
    }
}
