mod input;
mod screen;

pub(super) use screen::Screen;

use super::{
    Client, Failed, Remote,
    client::{follow, segment},
    exit, new, show,
};
use clap::Args;
use gaggle_shared::{Mode, SendMessage, SessionId, Turn};
use input::Input;
use std::io::IsTerminal as _;

/// With whom.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Name or id of a project
    project: String,
    /// A session of the project; without one, its default session
    #[arg(long, value_parser = SessionId::parse, value_name = "ID")]
    session: Option<SessionId>,
    /// How much the agent may do without asking
    #[arg(long, value_parser = new::mode, value_name = "auto|approve|smart_approve|chat")]
    mode: Option<Mode>,
}

/// Reads messages line by line and prints the answers as they come. Ctrl-C stops a running turn; where none runs,
/// it ends the chat, as does the end of the input.
pub(super) async fn run(flags: Flags) -> Result<(), Failed> {
    let client = Client::new(&flags.remote)?;
    let project = client.project(&flags.project).await?;
    let mut input = Input::new();
    let terminal = std::io::stdin().is_terminal();
    if terminal {
        eprintln!("{}\nOne message a line; Ctrl-C stops the agent, Ctrl-D ends.", show::project(&project));
    }
    loop {
        if terminal {
            show::print("\n> ")?;
        }
        let line = tokio::select! {
            line = input.next() => line,
            _ = tokio::signal::ctrl_c() => None,
        };
        let Some(text) = line else { return Ok(()) };
        if text.trim().is_empty() {
            continue;
        }
        let message =
            SendMessage { session_id: flags.session.clone(), mode: flags.mode, ..SendMessage::of(text) };
        let mut screen = Screen::asking(&client, &project.id, &mut input);
        let turn = follow(&client, &project.id, &message, &mut screen);
        let done = tokio::select! {
            done = turn => done.map(|_| ()),
            _ = tokio::signal::ctrl_c() => stop(&client, project.id.as_str(), flags.session.as_ref()).await,
        };
        match done {
            Err(failed) if terminal && !failed.is(exit::NO_SERVER) => drop(failed.report()),
            done => done?,
        }
    }
}

async fn stop(client: &Client, project: &str, session: Option<&SessionId>) -> Result<(), Failed> {
    let path = client.path(&format!("/{}/cancel", segment(project)));
    let body = gaggle_shared::CancelTurn { session_id: session.cloned() };
    let stopped: Result<Turn, Failed> = client.post(&path, &body).await;
    match stopped {
        Ok(_) => Ok(show::print("\n(stopped)\n")?),
        // It ended first.
        Err(failed) if failed.is(exit::CONFLICT) => Ok(()),
        Err(failed) => Err(failed),
    }
}
