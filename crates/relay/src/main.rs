//! The relay as a binary of its own, small and static, for agent images.

use gaggle_relay::{OWN, SUBCOMMAND, own_launch, read_launch, run, shim_main};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: gaggle-relay --launch FILE|-";

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    match args.first().and_then(|arg| arg.to_str()) {
        Some(SUBCOMMAND) => shim_main(args.into_iter().skip(1)),
        Some("--launch") if args.len() == 2 => start(Path::new(&args[1])),
        Some("--version") => {
            println!("gaggle-relay {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Some("--help") => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn start(path: &Path) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(launched(path));
            // A look into a volume that hangs must not hold up the end.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            eprintln!("gaggle-relay: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn launched(path: &Path) -> ExitCode {
    let launch = match std::env::var(OWN) {
        Ok(own) if !own.is_empty() => own_launch(path, &own).await,
        _ => read_launch(path).map(Some),
    };
    match launch {
        Ok(Some(launch)) => run(launch).await,
        // It was told to end before it began.
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gaggle-relay: {error}");
            ExitCode::from(2)
        }
    }
}
