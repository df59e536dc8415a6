//! What the server is told: flags beat environment variables, these beat `.env.local`, that beats `.env`.
//!
//! Reading is a pure function of the merged variables, so that it can be tested without an environment. A bad
//! value ends the start with one line that names the variable, the value and what is allowed.

mod agents;
mod error;
mod http;
mod known;
mod later;
mod log;
mod paths;
mod users;
mod vars;

pub use agents::AgentsConfig;
pub use error::ConfigError;
pub use http::HttpConfig;
pub use known::{KNOWN, Variable};
pub use log::LogConfig;
pub use paths::PathsConfig;
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
        later::refuse(&vars)?;
        Ok(Self {
            http: HttpConfig::read(&vars)?,
            paths: PathsConfig::read(&vars)?,
            agents: AgentsConfig::read(&vars)?,
            log: LogConfig::read(&vars)?,
            users: users::read(&vars)?,
            vars,
        })
    }
}
