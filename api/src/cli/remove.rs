use super::{Client, Failed, Remote, client::segment, exit, show};
use clap::Args;
use gaggle_shared::Receipt;
use std::io::{self, IsTerminal as _, Write as _};

/// Which project.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Name or id of a project
    project: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Asks, deletes, and prints what went.
pub(super) async fn run(flags: Flags) -> Result<(), Failed> {
    let client = Client::new(&flags.remote)?;
    let project = client.project(&flags.project).await?;
    if !flags.yes && !asked(&show::clean(project.name.as_str()))? {
        return Err(Failed::new(exit::FAILED, "nothing was deleted"));
    }
    let receipt: Receipt = client.delete(&client.path(&format!("/{}", segment(project.id.as_str())))).await?;
    if client.json {
        return Ok(show::json(&receipt)?);
    }
    let rows: Vec<_> =
        receipt.removed.iter().map(|r| vec!["removed".into(), r.kind.clone(), r.name.clone()]).collect();
    Ok(show::print(&show::table(&rows))?)
}

fn asked(name: &str) -> Result<bool, Failed> {
    if !io::stdin().is_terminal() {
        return Err(Failed::new(exit::USAGE, "rm asks first; give --yes where nobody can answer"));
    }
    eprint!("Delete {name} with its workspace and its whole conversation? [y/N] ");
    io::stderr().flush()?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
