use super::{
    Client, Failed, Remote,
    chat::Screen,
    client::{follow, segment},
    exit, new, show,
};
use clap::Args;
use gaggle_shared::{Mode, SendMessage, SessionId, Turn};
use std::io::Read as _;

/// What is sent.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Name or id of a project
    project: String,
    /// The message; `-` reads standard input
    text: String,
    /// A session of the project; without one, its default session
    #[arg(long, value_parser = SessionId::parse, value_name = "ID")]
    session: Option<SessionId>,
    /// How much the agent may do without asking
    #[arg(long, value_parser = new::mode, value_name = "auto|approve|smart_approve|chat")]
    mode: Option<Mode>,
    /// Do not wait for the answer
    #[arg(long)]
    detach: bool,
}

/// Sends it; prints the answer as it comes, or with --json the whole turn.
pub(super) async fn run(flags: Flags) -> Result<(), Failed> {
    let client = Client::new(&flags.remote)?;
    let text = if flags.text == "-" { standard_input()? } else { flags.text };
    let project = client.project(&flags.project).await?;
    let message = SendMessage { session_id: flags.session, mode: flags.mode, ..SendMessage::of(text) };
    if !client.json && !flags.detach {
        follow(&client, &project.id, &message, &mut Screen::new(&client, &project.id)).await?;
        return Ok(());
    }
    let path = client.path(&format!("/{}/messages", segment(project.id.as_str())));
    let request = client.request(reqwest::Method::POST, &path).json(&message);
    let key = format!("cli-{:032x}", rand::random::<u128>());
    let prefer = if flags.detach { "respond-async" } else { "handling=strict" };
    let turn: Turn = client.read(request.header("Idempotency-Key", key).header("Prefer", prefer)).await?;
    if client.json { Ok(show::json(&turn)?) } else { Ok(show::print(&format!("{}\n", turn.id))?) }
}

fn standard_input() -> Result<String, Failed> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    if text.trim().is_empty() {
        return Err(Failed::new(exit::USAGE, "standard input is empty"));
    }
    Ok(text)
}
