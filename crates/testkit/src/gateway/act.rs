use gaggle_core::port::{AgentError, AgentUpdate, ToolPatch};
use gaggle_shared::{OptionKind, PermissionOption, StopReason, Usage};
use std::{fmt, sync::Arc};

/// One thing that a scripted agent does in a turn.
#[derive(Debug, Clone)]
pub enum Act {
    /// Says the next piece of its answer.
    Say(String),
    /// Any update.
    Update(AgentUpdate),
    /// Asks for a permission with the usual four options, and goes on when it is allowed.
    Ask {
        /// What would run.
        tool: ToolPatch,
        /// What it does instead of the rest when it is rejected.
        otherwise: Vec<Act>,
    },
    /// Waits for [`super::FakeGateway::resume`].
    Hold,
    /// The same, and no cancel ends it.
    Deaf,
    /// The turn ends.
    End(StopReason, Option<Usage>),
    /// The prompt is answered with an error.
    Fail(AgentError),
    /// The agent dies.
    Crash {
        /// True: it is not started again.
        last: bool,
    },
}

impl Act {
    /// Says this.
    pub fn say(text: impl Into<String>) -> Self {
        Self::Say(text.into())
    }

    /// Asks for a tool of this id; when it is rejected the turn ends.
    pub fn ask(tool: &str) -> Self {
        let tool = ToolPatch { id: tool.into(), title: Some(format!("run {tool}")), ..ToolPatch::default() };
        Self::Ask { tool, otherwise: Vec::new() }
    }
}

/// Goose's four options.
pub(super) fn options() -> Vec<PermissionOption> {
    let option = |id: &str, kind| PermissionOption { id: id.into(), name: id.replace('_', " "), kind };
    vec![
        option("allow_always", OptionKind::AllowAlways),
        option("allow_once", OptionKind::AllowOnce),
        option("reject_once", OptionKind::RejectOnce),
        option("reject_always", OptionKind::RejectAlways),
    ]
}

type FromPrompt = dyn Fn(&str) -> Vec<Act> + Send + Sync;

/// From a prompt to what the agent does.
#[derive(Clone)]
pub(super) struct Script(Arc<FromPrompt>);

impl Script {
    pub(super) fn new(script: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) -> Self {
        Self(Arc::new(script))
    }

    pub(super) fn acts(&self, prompt: &str) -> Vec<Act> {
        (self.0)(prompt)
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::new(|prompt| vec![Act::Say(format!("echo: {prompt}"))])
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}
