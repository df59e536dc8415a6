use super::{ConfigError, Vars, cluster, http::address, http::within};
use gaggle_core::service::OrphanPolicy;
use gaggle_shared::Span;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

/// Where relays call home in a cluster.
const PORT: u16 = 3002;
/// What a Service `gaggle-agents` in our namespace sets in our pod: an address, so that relays look up no name.
const HOME: (&str, &str) = ("GAGGLE_AGENTS_SERVICE_HOST", "GAGGLE_AGENTS_SERVICE_PORT");

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
    /// `GAGGLE_ORPHANS`: what is done about what carries our label though no record knows it.
    pub orphans: OrphanPolicy,
    /// `GAGGLE_AGENT_LISTEN`: where relays call home; none: loopback, a port kept in the data directory. Beyond
    /// loopback it speaks TLS, and only the kubernetes runtime listens there.
    pub listen: Option<SocketAddr>,
    /// `GAGGLE_AGENT_URL`: the address they use.
    pub url: Option<String>,
    /// `GAGGLE_AGENT_DIAL`: whether the server calls them instead.
    pub dial: Dial,
}

/// Whether the server calls relays that cannot call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dial {
    /// Where they do not call.
    #[default]
    Auto,
    /// At once.
    Always,
    /// They have to call.
    Never,
}

impl AgentsConfig {
    pub(super) fn read(vars: &Vars) -> Result<Self, ConfigError> {
        let remote = cluster::chosen(vars)?;
        let inside = remote && cluster::in_cluster(vars);
        let near = |text: &str| address(text).filter(|address| remote || address.ip().is_loopback());
        let websocket = |text: &str| {
            let bare = text.strip_prefix("ws://").or_else(|| text.strip_prefix("wss://"))?;
            (!bare.is_empty() && !bare.contains("$(")).then(|| text.to_owned())
        };
        let patience = if remote { 900 } else { 120 };
        let everywhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT);
        let rule = if remote {
            "ADDRESS:PORT, such as 0.0.0.0:3002"
        } else {
            "a loopback ADDRESS:PORT, such as 127.0.0.1:3002"
        };
        Ok(Self {
            ready_timeout: vars.span("GAGGLE_READY_TIMEOUT", Span::from_secs(120), false)?.duration(),
            idle_timeout: vars.span("GAGGLE_IDLE_TIMEOUT", Span::from_secs(1800), true)?,
            patience: vars.span("GAGGLE_RELAY_PATIENCE", Span::from_secs(patience), false)?.duration(),
            activations: vars
                .read("GAGGLE_ACTIVATIONS", "1 to 1000", |text| within(text, 1, 1000))?
                .unwrap_or(8),
            orphans: vars.read("GAGGLE_ORPHANS", "remove or report", orphans)?.unwrap_or_default(),
            listen: vars.read("GAGGLE_AGENT_LISTEN", rule, near)?.or_else(|| inside.then_some(everywhere)),
            url: vars
                .read("GAGGLE_AGENT_URL", "ws://HOST:PORT/PATH or wss://HOST:PORT/PATH", websocket)?
                .or_else(|| if inside { service(vars) } else { None }),
            dial: vars.read("GAGGLE_AGENT_DIAL", "auto, always or never", dial)?.unwrap_or_default(),
        })
    }
}

fn orphans(text: &str) -> Option<OrphanPolicy> {
    match text {
        "remove" => Some(OrphanPolicy::Remove),
        "report" => Some(OrphanPolicy::Report),
        _ => None,
    }
}

fn dial(text: &str) -> Option<Dial> {
    match text {
        "auto" => Some(Dial::Auto),
        "always" => Some(Dial::Always),
        "never" => Some(Dial::Never),
        _ => None,
    }
}

/// The address of our own Service for relays, if there is one.
fn service(vars: &Vars) -> Option<String> {
    let (host, port) = (vars.get(HOME.0)?.trim(), vars.get(HOME.1)?.trim());
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    Some(format!("wss://{host}:{port}/relay"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_cluster_relays_call_a_service() {
        let pod = [
            ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
            ("GAGGLE_AGENTS_SERVICE_HOST", "fd00::7"),
            ("GAGGLE_AGENTS_SERVICE_PORT", "3002"),
        ];
        let agents = AgentsConfig::read(&Vars::from(pod)).unwrap();
        assert_eq!(agents.listen.unwrap().to_string(), "0.0.0.0:3002");
        assert_eq!(agents.url.as_deref(), Some("wss://[fd00::7]:3002/relay"));
        assert_eq!(agents.patience, Duration::from_secs(900));
        let local = AgentsConfig::read(&Vars::default()).unwrap();
        assert_eq!((local.listen, local.url, local.patience), (None, None, Duration::from_secs(120)));
    }

    #[test]
    fn times_are_read_and_bad_ones_named() {
        let vars = Vars::from([("GAGGLE_IDLE_TIMEOUT", "0"), ("GAGGLE_READY_TIMEOUT", "1m30s")]);
        let agents = AgentsConfig::read(&vars).unwrap();
        assert!(agents.idle_timeout.is_zero());
        assert_eq!(agents.ready_timeout, Duration::from_secs(90));
        for (name, bad) in [
            ("GAGGLE_READY_TIMEOUT", "0"),
            ("GAGGLE_ORPHANS", "keep"),
            ("GAGGLE_IDLE_TIMEOUT", "soon"),
            ("GAGGLE_RELAY_PATIENCE", "5"),
            ("GAGGLE_AGENT_LISTEN", "0.0.0.0:3002"),
            ("GAGGLE_AGENT_URL", "http://x"),
            ("GAGGLE_ACTIVATIONS", "0"),
            ("GAGGLE_AGENT_DIAL", "yes"),
        ] {
            let error = AgentsConfig::read(&Vars::from([(name, bad)])).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name}={bad} ")) && !error.contains('\n'), "{error}");
        }
    }
}
