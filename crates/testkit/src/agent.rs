//! A scripted agent: to a relay it is what `goose serve` is, and it plays what a prompt says, line by line, also
//! what a real agent cannot be made to do.
//!
//! | line | what the agent does |
//! |---|---|
//! | `@say TEXT`, `@words N`, `@words N delay=MS` | says this, one piece a word |
//! | `@shell COMMAND => OUTPUT` | shows a tool that prints this; nothing is run |
//! | `@ask COMMAND` | asks for a permission, and says which option was chosen |
//! | `@log TEXT` | a line of its log |
//! | `@unknown KIND` | an update of a kind that nobody knows |
//! | `@garbage` | messages that are no JSON, or not of the protocol |
//! | `@huge MIB` | one piece of the answer of this size |
//! | `@late` | its answer comes only after that of another prompt |
//! | `@error CODE` | the prompt is answered with this error |
//! | `@cut` | its connection breaks |
//! | `@hang` | nothing more, until it is cancelled |
//! | `@die CODE` | its process ends with this exit code |
//!
//! A prompt without such a line is said back. [`INITIALIZE`] says how `initialize` is answered.

mod door;
mod link;
mod play;
mod script;
mod sessions;
mod wire;

pub use door::serve;

use std::path::PathBuf;

/// The variable that says what becomes of `initialize`: `hang`, or `refuse`; else it is answered.
pub const INITIALIZE: &str = "SCRIPTED_AGENT_INITIALIZE";

/// What the agent was started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who has this key may speak with it.
    pub key: String,
    /// Its state lies below.
    pub root: PathBuf,
    /// What becomes of `initialize`.
    pub initialize: Initialize,
}

/// What becomes of `initialize`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Initialize {
    /// It is answered.
    #[default]
    Answer,
    /// It is never answered.
    Hang,
    /// It is answered with an error.
    Refuse,
}

/// The program: `GAGGLE_SCRIPTED_AGENT_BIN`, else the one that was built beside the running test.
///
/// # Errors
/// When there is none: a test that needs it must fail then, not skip.
pub fn binary() -> Result<PathBuf, String> {
    let named = std::env::var_os("GAGGLE_SCRIPTED_AGENT_BIN").map(PathBuf::from);
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    let built = test.ancestors().nth(2).map(|folder| folder.join("scripted-agent"));
    named.into_iter().chain(built).find(|path| path.is_file()).ok_or_else(|| {
        "this test needs the scripted agent: run `cargo build -p gaggle-testkit --bin scripted-agent`"
            .to_owned()
    })
}
