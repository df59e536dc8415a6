use gaggle_shared::InstanceId;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// How this machine runs agents.
#[derive(Debug, Clone)]
pub struct LocalConfig {
    /// `GAGGLE_DATA_DIR`: projects live below it.
    pub data_dir: PathBuf,
    /// Where relays call home, such as `ws://127.0.0.1:40123/relay`.
    pub home: String,
    /// The binary that has the `relay` subcommand.
    pub gaggle_bin: PathBuf,
    /// The Goose binary; or, in words, where it was looked for.
    pub goose: Result<PathBuf, String>,
    /// Whose projects these are.
    pub instance: InstanceId,
    /// What relays and agents get of the server's environment: `PATH`, `HOME`, `LANG`, and nothing that is secret.
    pub env: BTreeMap<String, String>,
    /// How long Goose may take to answer `initialize`.
    pub initialize: Duration,
    /// Room of a relay's spool, in bytes.
    pub spool_bytes: u64,
}

impl LocalConfig {
    /// With `initialize` at 60 s, a spool of 256 MiB, and nothing passed on but `PATH`.
    pub fn new(
        data_dir: PathBuf,
        home: String,
        gaggle_bin: PathBuf,
        goose: Result<PathBuf, String>,
        instance: InstanceId,
    ) -> Self {
        let env = BTreeMap::from([("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())]);
        let (initialize, spool_bytes) = (Duration::from_secs(60), 256 * 1024 * 1024);
        Self { data_dir, home, gaggle_bin, goose, instance, env, initialize, spool_bytes }
    }
}
