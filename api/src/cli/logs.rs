use super::{
    Client, Failed, Remote,
    client::{Frames, segment},
    exit, show,
};
use clap::Args;
use reqwest::Method;

/// How much of the log.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Name or id of a project
    project: String,
    /// Go on with what comes
    #[arg(long, short)]
    follow: bool,
    /// The last so many lines
    #[arg(long, short = 'n', default_value_t = 200)]
    tail: usize,
}

/// Prints the log.
pub(super) async fn run(flags: Flags) -> Result<(), Failed> {
    let client = Client::new(&flags.remote)?;
    let project = client.project(&flags.project).await?;
    let rest = format!("/{}/logs?tail={}&follow={}", segment(project.id.as_str()), flags.tail, flags.follow);
    let response = client.send(client.request(Method::GET, &client.path(&rest))).await?;
    if !flags.follow {
        let text = response.text().await.map_err(|error| Failed::new(exit::NO_SERVER, error.to_string()))?;
        return Ok(show::print(&show::clean(&text))?);
    }
    let mut frames = Frames::new(response);
    while let Some(frame) = frames.next().await? {
        show::print(&(show::clean(&frame.data) + "\n"))?;
    }
    Ok(())
}
