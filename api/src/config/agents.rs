use super::{ConfigError, Vars, http::address, http::within};
use gaggle_shared::Span;
use std::{net::SocketAddr, time::Duration};

/// How agents live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentsConfig {
    /// `GAGGLE_READY_TIMEOUT`: the longest activation.
    pub ready_timeout: Duration,
    /// `GAGGLE_IDLE_TIMEOUT`: idle agents go to sleep after it; `0`: never.
    pub idle_timeout: Span,
    /// `GAGGLE_RELAY_PATIENCE`: how long an agent goes on without its server.
    pub patience: Duration,
    /// `GAGGLE_ACTIVATIONS`: how many may start at once.
    pub activations: usize,
    /// `GAGGLE_AGENT_LISTEN`: where relays call home; none: loopback, a port kept in the data directory.
    pub listen: Option<SocketAddr>,
    /// `GAGGLE_AGENT_URL`: the address they use.
    pub url: Option<String>,
}

impl AgentsConfig {
    pub(super) fn read(vars: &Vars) -> Result<Self, ConfigError> {
        let near = |text: &str| address(text).filter(|address| address.ip().is_loopback());
        let websocket = |text: &str| (text.starts_with("ws://") && text.len() > 5).then(|| text.to_owned());
        Ok(Self {
            ready_timeout: vars.span("GAGGLE_READY_TIMEOUT", Span::from_secs(120), false)?.duration(),
            idle_timeout: vars.span("GAGGLE_IDLE_TIMEOUT", Span::from_secs(1800), true)?,
            patience: vars.span("GAGGLE_RELAY_PATIENCE", Span::from_secs(120), false)?.duration(),
            activations: vars
                .read("GAGGLE_ACTIVATIONS", "1 to 1000", |text| within(text, 1, 1000))?
                .unwrap_or(8),
            listen: vars.read(
                "GAGGLE_AGENT_LISTEN",
                "a loopback ADDRESS:PORT, such as 127.0.0.1:3002",
                near,
            )?,
            url: vars.read("GAGGLE_AGENT_URL", "ws://HOST:PORT/PATH", websocket)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_bad_ones_named() {
        let vars = Vars::from([("GAGGLE_IDLE_TIMEOUT", "0"), ("GAGGLE_READY_TIMEOUT", "1m30s")]);
        let agents = AgentsConfig::read(&vars).unwrap();
        assert!(agents.idle_timeout.is_zero());
        assert_eq!(agents.ready_timeout, Duration::from_secs(90));
        for (name, bad) in [
            ("GAGGLE_READY_TIMEOUT", "0"),
            ("GAGGLE_IDLE_TIMEOUT", "soon"),
            ("GAGGLE_RELAY_PATIENCE", "5"),
            ("GAGGLE_AGENT_LISTEN", "0.0.0.0:3002"),
            ("GAGGLE_AGENT_URL", "http://x"),
            ("GAGGLE_ACTIVATIONS", "0"),
        ] {
            let error = AgentsConfig::read(&Vars::from([(name, bad)])).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name}={bad} ")) && !error.contains('\n'), "{error}");
        }
    }
}
