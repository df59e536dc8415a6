//! What the server is told: flags beat environment variables, these beat `.env.local`, that beats `.env`.
//!
//! Reading is a pure function of the merged variables, so that it can be tested without an environment. A bad
//! value ends the start with one line that names the variable, the value and what is allowed.

mod agents;
mod cluster;
mod error;
mod http;
mod known;
mod log;
mod paths;
mod store;
mod users;
mod vars;

pub use agents::{AgentsConfig, Dial};
pub use cluster::ClusterConfig;
pub use error::ConfigError;
pub use http::HttpConfig;
pub use known::{KNOWN, Variable};
pub use log::LogConfig;
pub use paths::PathsConfig;
pub use store::StoreConfig;
pub use vars::{Source, Vars};

use gaggle_shared::User;

/// All of it.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the server listens and what it takes in.
    pub http: HttpConfig,
    /// Where things are kept and found on this computer.
    pub paths: PathsConfig,
    /// How agents live.
    pub agents: AgentsConfig,
    /// How they live in a cluster; none: they are local processes.
    pub cluster: Option<ClusterConfig>,
    /// Where records live.
    pub store: StoreConfig,
    /// What is logged.
    pub log: LogConfig,
    /// Who owns projects.
    pub users: Vec<User>,
    /// The variables themselves, for what is handed to agents.
    pub vars: Vars,
}

impl Config {
    /// Reads all sections.
    ///
    /// # Errors
    /// The first bad value.
    pub fn read(vars: Vars) -> Result<Self, ConfigError> {
        Ok(Self {
            http: HttpConfig::read(&vars)?,
            paths: PathsConfig::read(&vars)?,
            agents: AgentsConfig::read(&vars)?,
            cluster: ClusterConfig::read(&vars)?,
            store: StoreConfig::read(&vars)?,
            log: LogConfig::read(&vars)?,
            users: users::read(&vars)?,
            vars,
        })
    }
}
