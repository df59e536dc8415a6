use super::{Client, Failed, Remote, client::segment, show};
use clap::Args;
use gaggle_shared::Project;

/// Which project.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Name or id of a project
    project: String,
}

/// Posts the wish (`activate` or `deactivate`) and waits for it.
pub(super) async fn run(flags: Flags, wish: &str) -> Result<(), Failed> {
    let client = Client::new(&flags.remote)?;
    let project = client.project(&flags.project).await?;
    let path = client.path(&format!("/{}/{wish}", segment(project.id.as_str())));
    let project: Project = client.post(&path, &serde_json::json!({})).await?;
    if client.json {
        return Ok(show::json(&project)?);
    }
    Ok(show::print(&(show::project(&project) + "\n"))?)
}
