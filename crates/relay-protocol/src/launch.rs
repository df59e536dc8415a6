use gaggle_shared::ProjectId;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// All that a relay is given: a JSON file (mode 0600) named by `gaggle relay --launch FILE`, or read from
/// standard input with `--launch -`. Goose's environment is built from this and nothing else.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Launch {
    /// For logs.
    pub project: ProjectId,
    /// Where to call home, such as `ws://127.0.0.1:40123/relay`.
    pub home: String,
    /// What says which project this is.
    pub token: String,
    /// The relay's own folder on the project's volume: lock, incarnation, noted prompts, spool.
    pub state_dir: PathBuf,
    /// Goose's `GOOSE_PATH_ROOT`.
    pub agent_dir: PathBuf,
    /// Where Goose works.
    pub workspace: PathBuf,
    /// Where Goose's and the relay's log goes; rotated.
    pub log_file: PathBuf,
    /// The binary.
    pub goose: PathBuf,
    /// Variables for Goose beyond those that the relay sets itself (provider, model, keys, `PATH`, `HOME`).
    pub env: BTreeMap<String, String>,
    /// What answers Goose's model calls.
    pub model: Model,
    /// `GOOSE_MODE` at the start.
    pub mode: String,
    /// How long to go on without the server, milliseconds.
    pub patience_ms: u64,
    /// How long `initialize` may take, milliseconds.
    pub initialize_ms: u64,
    /// Room of the spool in bytes.
    pub spool_bytes: u64,
    /// The port for `/health` and `/livez`; 0 picks one.
    pub health_port: u16,
}

impl std::fmt::Debug for Launch {
    /// Leaves out the token and the variables' values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Launch")
            .field("project", &self.project)
            .field("home", &self.home)
            .field("env", &self.env.keys().collect::<Vec<_>>())
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// What answers Goose's model calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// The variables in `env` say it.
    Provider,
    /// The relay's own demo model, on loopback.
    Demo,
}
