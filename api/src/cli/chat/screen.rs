use super::input::Input;
use crate::cli::{Client, Failed, approve, client::Watch, exit, show};
use gaggle_shared::{AnswerPermission, Event, EventBody, Permission, ProjectId, Role, StepState, ToolStatus};

/// Shows a turn as it happens, and asks for approvals if there is somebody to ask.
#[derive(Debug)]
pub(in crate::cli) struct Screen<'a> {
    client: &'a Client,
    project: &'a ProjectId,
    input: Option<&'a mut Input>,
    part: Option<u32>,
    open: bool,
}

impl<'a> Screen<'a> {
    /// One that asks nobody: an approval waits for `gaggle approve` or the page.
    pub(in crate::cli) fn new(client: &'a Client, project: &'a ProjectId) -> Self {
        Self { client, project, input: None, part: None, open: false }
    }

    /// One that asks whoever types.
    pub(super) fn asking(client: &'a Client, project: &'a ProjectId, input: &'a mut Input) -> Self {
        Self { input: Some(input), ..Self::new(client, project) }
    }

    /// Begins a new line if text stands on the last one.
    fn line(&mut self, text: &str) -> Result<(), Failed> {
        let start = if std::mem::take(&mut self.open) { "\n" } else { "" };
        Ok(show::print(&show::clean(&format!("{start}{text}\n")))?)
    }

    async fn ask(&mut self, permission: &Permission) -> Result<(), Failed> {
        let title = &permission.tool_call.title;
        let id = &permission.id;
        self.line(&format!("? {title}"))?;
        let Some(input) = self.input.as_mut() else {
            return self.line(&format!("  waits for an answer: gaggle approve {} {id}", self.project));
        };
        let chosen = loop {
            for (number, option) in permission.options.iter().enumerate() {
                show::print(&show::clean(&format!("  {} {}\n", number + 1, option.name)))?;
            }
            show::print("  answer with a number: ")?;
            let Some(line) = input.next().await else {
                return Err(Failed::new(
                    exit::FAILED,
                    format!("the approval {id} still waits for an answer"),
                ));
            };
            let number = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            if let Some(option) = number.and_then(|number| permission.options.get(number)) {
                break option.id.clone();
            }
        };
        let body = AnswerPermission { option_id: chosen, comment: None };
        match approve::answer(self.client, self.project, permission, &body).await {
            // Somebody else answered first: the turn goes on with that.
            Err(failed) if failed.is(exit::CONFLICT) => self.line("  (answered elsewhere)"),
            answered => answered.map(|_| ()),
        }
    }
}

impl Watch for Screen<'_> {
    async fn event(&mut self, event: &Event) -> Result<(), Failed> {
        match &event.body {
            EventBody::MessageDelta { role: Role::Assistant, part, text, .. } => {
                if self.part != Some(*part) && self.open {
                    self.line("")?;
                }
                self.part = Some(*part);
                self.open = !text.ends_with('\n');
                Ok(show::print(&show::clean(text))?)
            }
            EventBody::ToolCall { tool_call, .. } => self.line(&format!("* {}", tool_call.title)),
            EventBody::ToolUpdate { tool_call, .. } if tool_call.status == ToolStatus::Failed => {
                self.line(&format!("! failed: {}", tool_call.title))
            }
            EventBody::ToolOutput { text, .. } => {
                let text: Vec<String> =
                    text.trim_end_matches('\n').split('\n').map(|l| format!("  | {l}")).collect();
                self.line(&text.join("\n"))
            }
            EventBody::ActivationStep { state: StepState::Failed, message, .. } => {
                self.line(&format!("! {message}"))
            }
            EventBody::PermissionRequested { permission } => self.ask(permission).await,
            EventBody::TurnEnded { .. } if self.open => self.line(""),
            _ => Ok(()),
        }
    }
}
