use async_trait::async_trait;
use gaggle_shared::{
    Accepts, Attachment, Diff, Mode, OutputStream, PermissionId, PermissionOption, ProjectId, SlashCommand,
    StopReason, Time, ToolKind, ToolStatus, TurnId, Usage,
};
use serde_json::Value;
use std::{fmt::Debug, time::Duration};
use thiserror::Error;
use tokio::sync::mpsc;

/// Lets a project's relay in.
#[derive(Clone, PartialEq, Eq)]
pub struct Admission {
    /// SHA-256 of the token that the relay shows.
    pub token_hash: [u8; 32],
    /// The owner's epoch, told to the relay.
    pub epoch: u64,
    /// What is durable of its frames: lower incarnations are turned away, frames up to here are not wanted again.
    pub received: super::LinkCursor,
}

impl Debug for Admission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admission").field("epoch", &self.epoch).field("received", &self.received).finish()
    }
}

/// What comes in over a project's link, in order.
#[expect(clippy::large_enum_variant, reason = "nearly all are frames")]
#[derive(Debug, Clone, PartialEq)]
pub enum Inbound {
    /// A relay called home (again).
    Connected(Link),
    /// Its connection broke; it will call again if it lives.
    Disconnected,
    /// The next frame. Frames of one incarnation come in order, none is left out or repeated while this admission
    /// lasts; a gap (the relay has lost frames) comes as `Missing`.
    Frame(AgentFrame),
    /// Frames between what was received and this number are gone for ever.
    Missing {
        /// The first frame that is still there.
        first: u64,
    },
    /// A relay called whose protocol is too old to be spoken: it was sent away, and none is linked.
    Outdated {
        /// Its release and protocol, for people.
        release: String,
    },
}

/// A relay that has called home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Of the relay; only the highest counts.
    pub incarnation: u64,
    /// Where it answers `/health`.
    pub endpoint: Option<String>,
    /// The folder that the agent works in.
    pub workspace: String,
}

/// A numbered frame, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentFrame {
    /// Which relay and which number.
    pub cursor: super::LinkCursor,
    /// When the relay made it.
    pub at: Time,
    /// What it says.
    pub event: AgentEvent,
    /// The ACP message as it came, `_meta` included; none for the relay's own notes.
    pub source: Option<Value>,
}

/// What an agent or its relay says, without the words of any protocol.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentEvent {
    /// The agent runs and has answered `initialize`. Its sessions must be loaded before they are used.
    Up {
        /// Counts the agent's starts within the relay's incarnation.
        start: u64,
        /// What it takes with a message.
        accepts: Accepts,
    },
    /// The agent is being ended by something else than this server: nothing new is begun with it, what it does may
    /// come to its end ([`AgentEvent::Down`] follows).
    Ending {
        /// Which start.
        start: u64,
    },
    /// The agent ended.
    Down {
        /// Which start.
        start: u64,
        /// In words: `exit code 1`, `signal 9`, `did not answer initialize`.
        how: String,
        /// Its last lines.
        last_lines: String,
        /// True: it will not be started again.
        last: bool,
        /// True: it never answered.
        unresponsive: bool,
    },
    /// The relay ended the agent because the server stayed away for longer than its patience; with a server
    /// linked again it starts anew ([`AgentEvent::Up`] follows).
    Rested {
        /// Which start.
        start: u64,
        /// Its last lines.
        last_lines: String,
    },
    /// The prompt goes to the agent now; updates of its session belong to this turn until it ends.
    PromptWritten {
        /// The turn.
        turn: TurnId,
        /// The agent's session.
        agent_session: String,
    },
    /// A command that was not and will not be carried out.
    Refused {
        /// The command's id, as [`AgentCommand::id`] gives it.
        command: String,
        /// Of a prompt.
        turn: Option<TurnId>,
        /// Why.
        reason: Refusal,
    },
    /// Something happened in a session.
    Update {
        /// The agent's session.
        agent_session: String,
        /// What.
        update: AgentUpdate,
    },
    /// The agent asks for a permission.
    Asked(Box<Asked>),
    /// The agent answered the command of this id.
    Answered {
        /// As [`AgentCommand::id`] gives it.
        command: String,
        /// What it said.
        outcome: Result<AgentAnswer, AgentError>,
    },
    /// Live output was left out to save room.
    Thinned {
        /// How many bytes.
        bytes: u64,
    },
    /// The relay ran out of room: the rest of the turn is lost.
    SpoolFull,
    /// Something that this build does not know; kept as it is.
    Unknown,
}

/// Why a relay refused a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The prompt was written before; how that ended is not known.
    Noted,
    /// Its turn is over.
    NotRunning,
    /// The agent is down.
    NoAgent,
    /// The project's volume, or the relay's spool on it, has no room for another turn.
    NoRoom,
    /// The relay does not know such commands.
    Unknown,
}

/// What happened in an agent's session.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentUpdate {
    /// The next piece of the answer.
    Text(String),
    /// The next piece of the answer, by which the agent says that its model failed: the turn ends soon.
    ModelFailed(String),
    /// The next piece of a thought.
    Thought(String),
    /// A person's words, sent back; ignored.
    UserText(String),
    /// A tool was called, or a call changed.
    Tool(ToolPatch),
    /// A running tool printed.
    Output {
        /// The tool call.
        call: String,
        /// Where.
        stream: OutputStream,
        /// What.
        text: String,
    },
    /// Context and cost of the session so far.
    Usage(Usage),
    /// The agent's title for the session.
    Title(String),
    /// What can be said with a `/` in front.
    Commands(Vec<SlashCommand>),
    /// The id of the run that the agent works on, or none: needed to steer.
    ActiveRun(Option<String>),
    /// The session's mode has changed.
    Mode(Mode),
    /// Something without an event of its own.
    Other,
}

/// What an update says of a tool call; what is `None` stays as it was.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolPatch {
    /// The call.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// Its kind.
    pub kind: Option<ToolKind>,
    /// The tool's name.
    pub name: Option<String>,
    /// How far it is.
    pub status: Option<ToolStatus>,
    /// Its arguments.
    pub input: Option<Value>,
    /// Its whole output, where the agent gives it at the end; live output before it is a prefix of it or not.
    pub output: Option<String>,
    /// Of a shell command.
    pub exit_code: Option<i64>,
    /// Its changes to files.
    pub diffs: Option<Vec<Diff>>,
}

/// The agent asks before a tool runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The agent's session.
    pub agent_session: String,
    /// The agent's id of the question: goes back with the answer.
    pub request: Value,
    /// What would run.
    pub tool: ToolPatch,
    /// Exactly the agent's options.
    pub options: Vec<PermissionOption>,
}

/// A good answer to a command.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentAnswer {
    /// To a prompt: the turn is over.
    PromptEnded {
        /// Why.
        stop: StopReason,
        /// Tokens of the turn, where the agent says.
        usage: Option<Usage>,
    },
    /// To `NewSession`.
    SessionMade {
        /// The agent's id.
        agent_session: String,
        /// Modes, models and their choices, as they came.
        options: Value,
    },
    /// To `LoadSession`.
    SessionLoaded {
        /// Modes, models and their choices, as they came.
        options: Value,
    },
    /// To `ListSessions`.
    Sessions {
        /// The agent's ids of those that were made over its protocol, as all of ours are.
        sessions: Vec<String>,
        /// Where the next page begins, if there is one.
        next: Option<String>,
    },
    /// To anything else.
    Other(Value),
}

/// A bad answer to a command (a JSON-RPC error).
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{message}")]
pub struct AgentError {
    /// JSON-RPC's.
    pub code: i64,
    /// The agent's words.
    pub message: String,
    /// More of them.
    pub data: Option<Value>,
}

/// The answer to a question of the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermissionChoice {
    /// This option.
    Option(String),
    /// Nobody will answer: the turn ends.
    Cancelled,
}

/// What the core wants of an agent. Every command has an id that is a function of what it is for, so that one
/// that is sent again is known. `start` is the agent's start that it is meant for.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are named by their types")]
pub enum AgentCommand {
    /// Make a session for a turn. `new:<turn>:<start>`
    NewSession { turn: TurnId, start: u64 },
    /// Load a session of before for a turn. `load:<turn>:<start>`
    LoadSession { turn: TurnId, agent_session: String, start: u64 },
    /// Set a session's mode before a turn. `mode:<turn>:<start>`, then `:<wish>` unless that is 0.
    SetMode { turn: TurnId, agent_session: String, mode: Mode, start: u64, wish: u32 },
    /// Set a session's model before a turn. `model:<turn>:<start>`, then `:<wish>` unless that is 0.
    SetModel { turn: TurnId, agent_session: String, model: String, start: u64, wish: u32 },
    /// Begin a turn, in the start of the agent that has its session at hand. `prompt:<turn>`
    Prompt { turn: TurnId, agent_session: String, text: String, attachments: Vec<Attachment>, start: u64 },
    /// Add to a running turn. `steer:<turn>:<ordinal>`
    Steer { turn: TurnId, ordinal: u32, agent_session: String, run: String, text: String },
    /// End a running turn. `cancel:<turn>`
    Cancel { turn: TurnId, agent_session: String },
    /// Answer a question. `answer:<permission>`
    Answer { turn: TurnId, permission: PermissionId, request: Value, choice: PermissionChoice },
    /// Say which sessions there are. `list:<start>:<page>`
    ListSessions { start: u64, page: u32, cursor: Option<String> },
    /// Forget a session. `delete:<agent's session>:<start>`
    DeleteSession { agent_session: String, start: u64 },
    /// End the agent and all it started. `stop`
    Stop { grace: Duration },
}

impl AgentCommand {
    /// Its id.
    pub fn id(&self) -> String {
        match self {
            Self::NewSession { turn, start } => format!("new:{turn}:{start}"),
            Self::LoadSession { turn, start, .. } => format!("load:{turn}:{start}"),
            Self::SetMode { turn, start, wish, .. } => wished(format!("mode:{turn}:{start}"), *wish),
            Self::SetModel { turn, start, wish, .. } => wished(format!("model:{turn}:{start}"), *wish),
            Self::Prompt { turn, .. } => format!("prompt:{turn}"),
            Self::Steer { turn, ordinal, .. } => format!("steer:{turn}:{ordinal}"),
            Self::Cancel { turn, .. } => format!("cancel:{turn}"),
            Self::Answer { permission, .. } => format!("answer:{permission}"),
            Self::ListSessions { start, page, .. } => format!("list:{start}:{page}"),
            Self::DeleteSession { agent_session, start } => format!("delete:{agent_session}:{start}"),
            Self::Stop { .. } => "stop".into(),
        }
    }
}

/// An id of a command that was wished otherwise before.
fn wished(id: String, wish: u32) -> String {
    if wish == 0 { id } else { format!("{id}:{wish}") }
}

/// Why a relay did not look into its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LookError {
    /// No relay of the project is connected, or it left meanwhile.
    #[error("no relay is connected")]
    NotLinked,
    /// The relay is of a release that cannot.
    #[error("the relay is of a release that does not look into workspaces")]
    TooOld,
    /// It did not answer in time.
    #[error("the relay did not answer in time")]
    NoAnswer,
}

/// The links to the relays. It keeps what is under way only; everything lasting is the core's.
#[async_trait]
pub trait AgentGateway: Send + Sync + Debug {
    /// Lets the relay of a project in from now on, and gives what it says. Admitting again (after an activation
    /// with a new token) replaces the admission before, whose channel ends. The channel is bounded: a full one
    /// slows that relay alone.
    async fn admit(&self, project: &ProjectId, admission: Admission) -> mpsc::Receiver<Inbound>;

    /// Closes the link and turns the relay away for good (`gone`): its time is over.
    async fn dismiss(&self, project: &ProjectId);

    /// From now on a token that nobody admitted is turned away as `gone`; before, it is told `later`.
    fn ready(&self);

    /// Sends a command, again after each break, until the relay has taken it or the admission ends.
    /// Never waits; beyond 1024 commands that wait the oldest admission is broken off. A relay of another
    /// incarnation gets none of the commands meant for the one before: they are dropped when it connects, before
    /// `Inbound::Connected` is given out, and the core decides anew.
    fn send(&self, project: &ProjectId, command: AgentCommand);

    /// All frames up to here are durable.
    fn acknowledge(&self, project: &ProjectId, received: super::LinkCursor);

    /// The relay that is connected now.
    fn link(&self, project: &ProjectId) -> Option<Link>;

    /// Files of the workspace, as [`Runtime::files`](super::Runtime::files) gives them, found by the relay that is
    /// connected now. Starts nothing, and waits for a few seconds at most.
    ///
    /// # Errors
    /// As [`LookError`] says.
    async fn files(&self, project: &ProjectId, wanted: &str, limit: usize) -> Result<Vec<String>, LookError>;

    /// Why the relay of an admitted project could not be reached when that was tried last; none where relays call by
    /// themselves, and once it is linked.
    fn unreached(&self, project: &ProjectId) -> Option<String> {
        let _ = project;
        None
    }
}
