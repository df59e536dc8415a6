//! The binary `gaggle`: the server, its relays, and what drives a server from a terminal.

use std::process::ExitCode;

fn main() -> ExitCode {
    gaggle_api::cli::main()
}
