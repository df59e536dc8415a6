//! The command line.

mod approve;
mod chat;
mod client;
mod doctor;
mod events;
mod exit;
mod export;
mod import;
mod lifecycle;
mod logs;
mod manifests;
mod new;
mod openapi;
mod orphans;
mod projects;
mod relay;
mod remove;
mod send;
mod serve;
mod show;

use clap::{Args, Parser, Subcommand};
use client::Client;
use exit::Failed;
use std::{ffi::OsString, future::Future, io, path::Path, process::ExitCode, time::Duration};
use tokio::runtime::{Builder, Runtime};

/// How long blocking calls may take at the end.
const END: Duration = Duration::from_secs(5);

/// Gaggle gives every project its own Goose agent, and one door to all of them.
#[derive(Debug, Parser)]
#[command(
    name = "gaggle",
    version,
    about,
    after_help = exit::HELP,
    args_conflicts_with_subcommands = true,
    propagate_version = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server (what `gaggle` alone does)
    Serve(Box<serve::Flags>),
    /// List projects
    Projects(projects::Flags),
    /// Make a project
    New(new::Flags),
    /// Talk to a project's agent, line by line
    Chat(chat::Flags),
    /// Send one message and print the answer
    Send(send::Flags),
    /// Answer what an agent asks for
    Approve(approve::Flags),
    /// Show the agent's log
    Logs(logs::Flags),
    /// Show what is applied to the cluster for a project, as YAML with its secrets masked
    Manifests(manifests::Flags),
    /// Show what carries this Gaggle's label though no record knows it, and what will be done about it
    Orphans(orphans::Flags),
    /// Show what happened, as JSON lines
    Events(events::Flags),
    /// Put a project to sleep
    Sleep(lifecycle::Flags),
    /// Wake a project
    Wake(lifecycle::Flags),
    /// Delete a project with all its data
    Rm(remove::Flags),
    /// Check what a server needs here, and say what to do
    Doctor(Box<serve::Flags>),
    /// Write all that the store holds to a file
    Export(export::Flags),
    /// Read such a file into an empty store
    Import(import::Flags),
    /// Print the API's description (OpenAPI 3.1)
    Openapi,
    /// Run the relay of one agent (the server does this)
    #[command(hide = true)]
    Relay(relay::Flags),
}

/// Where the server is and how answers are shown.
#[derive(Debug, Args)]
struct Remote {
    /// Address of the server
    #[arg(long, env = "GAGGLE_SERVER", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    server: String,
    /// Whose projects
    #[arg(long, short, env = "GAGGLE_USER", default_value = "alice", value_name = "ID")]
    user: String,
    /// Print the server's JSON
    #[arg(long)]
    json: bool,
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    // The relay starts this binary again under a name of its own, before anything else runs.
    if args.get(1).is_some_and(|first| first == gaggle_relay::SUBCOMMAND) {
        return gaggle_relay::shim_main(args.into_iter().skip(2));
    }
    // So does the server, for every project that wakes: without the whole command line.
    let [_, relay, launch, file] = args.as_slice() else { return parsed() };
    if relay == "relay" && launch == "--launch" {
        return relay::start(Path::new(file));
    }
    parsed()
}

fn parsed() -> ExitCode {
    match Cli::parse() {
        Cli { command: None, serve } => served(&serve),
        Cli { command: Some(Command::Serve(flags)), .. } => served(&flags),
        Cli { command: Some(Command::Relay(flags)), .. } => relay::run(&flags),
        Cli { command: Some(Command::Openapi), .. } => openapi::run(),
        Cli { command: Some(Command::Export(flags)), .. } => on(small(), export::run(&flags)),
        Cli { command: Some(Command::Import(flags)), .. } => on(small(), import::run(&flags)),
        Cli { command: Some(Command::Doctor(flags)), .. } => on(small(), doctor::run(&flags)),
        Cli { command: Some(command), .. } => on(small(), remote(command)),
    }
}

async fn remote(command: Command) -> Result<(), Failed> {
    match command {
        Command::Projects(flags) => projects::run(flags).await,
        Command::New(flags) => new::run(flags).await,
        Command::Chat(flags) => chat::run(flags).await,
        Command::Send(flags) => send::run(flags).await,
        Command::Approve(flags) => approve::run(flags).await,
        Command::Logs(flags) => logs::run(flags).await,
        Command::Manifests(flags) => manifests::run(flags).await,
        Command::Orphans(flags) => orphans::run(flags).await,
        Command::Events(flags) => events::run(flags).await,
        Command::Sleep(flags) => lifecycle::run(flags, "deactivate").await,
        Command::Wake(flags) => lifecycle::run(flags, "activate").await,
        Command::Rm(flags) => remove::run(flags).await,
        Command::Serve(_) | Command::Relay(_) | Command::Openapi | Command::Doctor(_) => Ok(()),
        Command::Export(_) | Command::Import(_) => Ok(()),
    }
}

fn served(flags: &serve::Flags) -> ExitCode {
    on(Builder::new_multi_thread().enable_all().build(), serve::run(flags))
}

fn small() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn on(runtime: io::Result<Runtime>, work: impl Future<Output = Result<(), Failed>>) -> ExitCode {
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Failed::new(exit::FAILED, format!("cannot start: {error}")).report(),
    };
    let done = runtime.block_on(work);
    // Tasks are dropped, and what they hold (the store) is closed; a call that hangs must not hold up the end.
    runtime.shutdown_timeout(END);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => failed.report(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_serves() {
        let cli = Cli::parse_from(["gaggle", "--listen", "127.0.0.1:0"]);
        assert!(cli.command.is_none());
        assert_eq!(cli.serve.variables().next().map(|(name, _)| name), Some("GAGGLE_LISTEN"));
    }
}
