use std::{
    io::{self, Write as _},
    process::ExitCode,
};

/// Prints the description; a reader that has enough is no error.
pub(super) fn run() -> ExitCode {
    match io::stdout().write_all(crate::http::openapi::text().as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}
