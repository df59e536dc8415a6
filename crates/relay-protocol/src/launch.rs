use gaggle_shared::ProjectId;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

/// All that a relay is given: a JSON file (mode 0600) named by `gaggle relay --launch FILE`, or read from
/// standard input with `--launch -`. Goose's environment is built from this and nothing else.
/// The relay reads it once, at its start: a file that changes later (a Secret's volume) changes nothing.
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
    /// The port of loopback for `/health` and `/livez`, unless `listen` is set; 0 picks one.
    pub health_port: u16,
    /// Lower-case hex SHA-256 of the DER of the server's certificate: 64 digits. Needed when `home` begins
    /// with `wss://`, where this certificate and no other is trusted; without meaning for `ws://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_cert: Option<String>,
    /// Where `/health`, `/livez`, `/acp` and `/relay` are answered; nothing: `127.0.0.1:<healthPort>`. Only
    /// here can an address beyond loopback be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// What other ACP clients show at `/acp`, as a bearer token; nothing: nobody is let in there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acp_key: Option<String>,
    /// True (pods): at the end of the patience Goose is ended but the relay stays, keeps calling, and starts
    /// Goose only when told ([`CommandBody::Start`](crate::CommandBody::Start)). A volume that another relay
    /// holds is waited for, too. False: the relay ends.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stay: bool,
    /// True (pods): the log goes to standard output too, so that `kubectl logs` shows it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub log_stdout: bool,
    /// The highest incarnation that the server has met: this one counts from above it, also on a volume that
    /// was made anew. 0: none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub met: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl std::fmt::Debug for Launch {
    /// Leaves out the token, the key and the variables' values.
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
