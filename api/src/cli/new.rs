use super::{Client, Failed, Remote, exit, show};
use clap::Args;
use gaggle_shared::{CreateProject, Mode, Project, ProjectName, Settings};

/// What the project is to be.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Its name, unique among the user's projects
    name: String,
    /// Goose's name of a provider
    #[arg(long)]
    provider: Option<String>,
    /// A model of the provider
    #[arg(long)]
    model: Option<String>,
    /// How much the agent may do without asking
    #[arg(long, value_parser = mode, value_name = "auto|approve|smart_approve|chat")]
    mode: Option<Mode>,
}

/// A mode by its name.
pub(super) fn mode(text: &str) -> Result<Mode, String> {
    let modes = [Mode::Auto, Mode::Approve, Mode::SmartApprove, Mode::Chat];
    let found = modes.into_iter().find(|mode| mode.as_str() == text);
    found.ok_or_else(|| "auto, approve, smart_approve or chat".to_owned())
}

/// Makes it and prints its id.
pub(super) async fn run(flags: Flags) -> Result<(), Failed> {
    let name =
        ProjectName::parse(&flags.name).map_err(|error| Failed::new(exit::USAGE, error.to_string()))?;
    let client = Client::new(&flags.remote)?;
    let settings =
        Settings { provider: flags.provider, model: flags.model, mode: flags.mode, ..Settings::default() };
    let settings = (settings != Settings::default()).then_some(settings);
    let project: Project = client.post(&client.path(""), &CreateProject { name, settings }).await?;
    if client.json { Ok(show::json(&project)?) } else { Ok(show::print(&format!("{}\n", project.id))?) }
}
