use super::exit;
use clap::Args;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// How a relay is launched.
#[derive(Debug, Args)]
pub(super) struct Flags {
    /// All that the relay is given, as JSON; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    launch: PathBuf,
}

pub(super) fn run(flags: &Flags) -> ExitCode {
    start(&flags.launch)
}

/// On this thread and no other: it adopts what its agent leaves behind, and the agent's life hangs on it.
pub(super) fn start(file: &Path) -> ExitCode {
    let launch = match gaggle_relay::read_launch(file) {
        Ok(launch) => launch,
        Err(error) => {
            eprintln!("gaggle relay: {error}");
            return ExitCode::from(exit::USAGE);
        }
    };
    match super::small() {
        Ok(runtime) => {
            let code = runtime.block_on(gaggle_relay::run(launch));
            // A look into a volume that hangs must not hold up the end.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            eprintln!("gaggle relay: {error}");
            ExitCode::from(exit::FAILED)
        }
    }
}
