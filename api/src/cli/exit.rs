use gaggle_shared::Problem;
use std::process::ExitCode;

/// The server refused, or something failed.
pub(super) const FAILED: u8 = 1;
/// Wrong usage; clap ends with this too.
pub(super) const USAGE: u8 = 2;
/// No server answers there.
pub(super) const NO_SERVER: u8 = 3;
/// 404
pub(super) const NOT_FOUND: u8 = 4;
/// 409
pub(super) const CONFLICT: u8 = 5;
/// The turn ended `failed` or `interrupted`.
pub(super) const TURN_FAILED: u8 = 6;

pub(super) const HELP: &str = "\
Exit codes:
  0  done
  1  refused or failed
  2  wrong usage or configuration
  3  no server answers at that address
  4  not found
  5  conflict: a name taken, a project being deleted, an approval answered before, no running turn
  6  the turn failed or was interrupted

More: the server's /api/docs, and docs/API.md";

/// Why a command did not do as asked.
#[derive(Debug)]
pub(super) struct Failed {
    code: u8,
    message: String,
    hint: Option<String>,
}

impl Failed {
    pub(super) fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether it ends with this code.
    pub(super) fn is(&self, code: u8) -> bool {
        self.code == code
    }

    /// What a server's problem says.
    pub(super) fn problem(problem: &Problem) -> Self {
        let code = match problem.status {
            _ if problem.turn_id.is_some() => TURN_FAILED,
            404 => NOT_FOUND,
            409 => CONFLICT,
            _ => FAILED,
        };
        let message = format!("{} ({})", problem.detail, problem.code.as_str());
        Self { code, message, hint: problem.hint.clone() }
    }

    /// Says it on standard error.
    pub(super) fn report(&self) -> ExitCode {
        eprintln!("gaggle: {}", super::show::clean(&self.message));
        if let Some(hint) = &self.hint {
            eprintln!("  {}", super::show::clean(hint));
        }
        ExitCode::from(self.code)
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::new(FAILED, error.to_string())
    }
}
