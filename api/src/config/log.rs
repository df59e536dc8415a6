use super::{ConfigError, Vars};
use std::io::{self, IsTerminal as _};
use tracing_subscriber::EnvFilter;

const DEFAULT: &str = "warn,gaggle_api=info,gaggle_core=info,gaggle_agent=info,gaggle_runtime_local=info,\
                       gaggle_store_embedded=info";

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// `GAGGLE_LOG`, else `RUST_LOG`: a filter as tracing knows it.
    pub filter: String,
    /// `GAGGLE_LOG_FORMAT`: JSON lines instead of text.
    pub json: bool,
}

impl LogConfig {
    pub(super) fn read(vars: &Vars) -> Result<Self, ConfigError> {
        let name = if vars.has("GAGGLE_LOG") { "GAGGLE_LOG" } else { "RUST_LOG" };
        let good = |text: &str| EnvFilter::builder().parse(text).is_ok().then(|| text.to_owned());
        let filter = vars.read(name, "a filter such as info or gaggle_api=debug", good)?;
        let format = |text: &str| match text {
            "text" => Some(false),
            "json" => Some(true),
            _ => None,
        };
        let json = vars.read("GAGGLE_LOG_FORMAT", "text or json", format)?.unwrap_or(false);
        Ok(Self { filter: filter.unwrap_or_else(|| DEFAULT.to_owned()), json })
    }

    /// Begins to log, to standard error.
    pub fn start(&self) {
        let filter = EnvFilter::new(&self.filter);
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal());
        // A second start in one process (tests) keeps the first one's log.
        let started =
            if self.json { log.json().flatten_event(true).try_init() } else { log.compact().try_init() };
        drop(started);
    }
}
