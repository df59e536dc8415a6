//! What a relay is given.

use crate::{
    config::LocalConfig,
    layout::{Place, put},
    process::{INSTANCE, PROJECT},
};
use gaggle_core::port::WorkloadSpec;
use gaggle_relay_protocol::{Launch, Model};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, io, path::Path, time::Duration};

/// A launch file's content, and its name among launches.
#[derive(Debug)]
pub(crate) struct Written {
    content: Vec<u8>,
    /// SHA-256 of the content, hex. The content holds a random token, so nothing can be guessed from it.
    pub(crate) hash: String,
}

/// The variables that mark every process of a project.
pub(crate) fn marks(config: &LocalConfig, spec: &WorkloadSpec) -> BTreeMap<String, String> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    BTreeMap::from([pair(INSTANCE, config.instance.as_str()), pair(PROJECT, spec.project.as_str())])
}

/// Builds the launch of a project.
pub(crate) fn launch(
    config: &LocalConfig,
    place: &Place,
    goose: &Path,
    spec: &WorkloadSpec,
) -> serde_json::Result<Written> {
    let mut env = config.env.clone();
    env.extend(spec.model.env.clone());
    env.extend(marks(config, spec));
    let launch = Launch {
        project: spec.project.clone(),
        home: config.home.clone(),
        token: spec.token.clone(),
        state_dir: place.relay(),
        agent_dir: place.agent(),
        workspace: place.workspace(),
        log_file: place.log(),
        goose: goose.to_owned(),
        env,
        model: if spec.model.demo { Model::Demo } else { Model::Provider },
        mode: spec.mode.as_str().to_owned(),
        patience_ms: millis(spec.patience),
        initialize_ms: millis(config.initialize),
        spool_bytes: config.spool_bytes,
        health_port: 0,
        home_cert: None,
        listen: None,
        acp_key: None,
        stay: false,
        log_stdout: false,
        met: spec.met,
    };
    let content = serde_json::to_vec_pretty(&launch)?;
    let hash = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Written { content, hash })
}

impl Written {
    /// Puts it in its place, where it outlives the server. What ends the machine ends the relay that it is for.
    pub(crate) fn write(&self, place: &Place) -> io::Result<()> {
        put(&place.launch(), &self.content)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
