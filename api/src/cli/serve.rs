mod greeting;

use super::{Failed, exit, show};
use crate::{
    acp,
    config::{Config, KNOWN, Vars},
    doctor::Doctor,
    http::{
        self, App, Gate, Limits,
        guard::{Agents, Door},
        metrics::Metrics,
    },
    server::{self, Ending, Open, Signals},
    wire,
};
use clap::Args;
use futures_util::future::join;
use std::{cell::Cell, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

/// At Ctrl-C: how long answers that are under way may still take.
const HURRY: Duration = Duration::from_secs(5);

/// What the server is told. Each has a variable, which a flag beats.
#[derive(Debug, Default, Args)]
pub(super) struct Flags {
    /// Address to listen on [GAGGLE_LISTEN; default: 127.0.0.1:3000, else the next free port]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The address people use [GAGGLE_PUBLIC_URL]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where the store, workspaces and the agents' state are kept [GAGGLE_DATA_DIR]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// The Goose binary [GAGGLE_GOOSE_BIN; default: goose on PATH]
    #[arg(long, value_name = "FILE")]
    goose: Option<String>,
    /// The users [GAGGLE_USERS; default: alice:Alice,bob:Bob,carol:Carol]
    #[arg(long, value_name = "ID:NAME,…")]
    users: Option<String>,
    /// Idle agents go to sleep after it; 0 = never [GAGGLE_IDLE_TIMEOUT; default: 30m]
    #[arg(long, value_name = "TIME")]
    idle_timeout: Option<String>,
    /// What is logged, such as debug [GAGGLE_LOG]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// text or json [GAGGLE_LOG_FORMAT; default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// At Ctrl-C let the agents go on; the next start finds them
    #[arg(long)]
    keep_agents: bool,
    /// Listen beyond loopback though nobody can sign in [GAGGLE_INSECURE_NO_AUTH]
    #[arg(long)]
    insecure_no_auth: bool,
}

impl Flags {
    /// The variables that flags stand for.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, String)> {
        let Self {
            listen,
            public_url,
            data_dir,
            goose,
            users,
            idle_timeout,
            log,
            log_format,
            keep_agents: _,
            insecure_no_auth,
        } = self;
        let insecure = insecure_no_auth.then(|| "true".to_owned());
        let values = [
            ("GAGGLE_LISTEN", listen),
            ("GAGGLE_PUBLIC_URL", public_url),
            ("GAGGLE_DATA_DIR", data_dir),
            ("GAGGLE_GOOSE_BIN", goose),
            ("GAGGLE_USERS", users),
            ("GAGGLE_IDLE_TIMEOUT", idle_timeout),
            ("GAGGLE_LOG", log),
            ("GAGGLE_LOG_FORMAT", log_format),
            ("GAGGLE_INSECURE_NO_AUTH", &insecure),
        ];
        values.map(|(name, value)| value.clone().map(|value| (name, value))).into_iter().flatten()
    }
}

/// Flags, environment and files, read and checked.
pub(super) fn configuration(flags: &Flags) -> Result<Config, Failed> {
    configured(flags.variables())
}

/// As [`configuration`], of a command with flags of its own.
pub(super) fn configured(flags: impl IntoIterator<Item = (&'static str, String)>) -> Result<Config, Failed> {
    // A variable that is not Unicode is none of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let vars = Vars::merge(Path::new("."), environment, flags);
    vars.and_then(Config::read).map_err(|error| Failed::new(exit::USAGE, error.to_string()))
}

/// Runs the server until a signal ends it.
pub(super) async fn run(flags: &Flags) -> Result<(), Failed> {
    let config = configuration(flags)?;
    config.log.start();
    warn_of_unknown(&config);
    let mut signals = Signals::catch()?;
    let listener =
        server::bind(&config.http).await.map_err(|error| Failed::new(exit::FAILED, error.to_string()))?;
    let address = listener.local_addr()?;
    let (stop, metrics) = (CancellationToken::new(), Arc::new(Metrics::new()));
    let gate = Gate::new(Door::new(address.ip(), config.http.public_url.as_ref()));
    let accepting = tokio::spawn(server::accept(
        listener,
        gate.router(),
        metrics.clone(),
        config.http.max_connections,
        stop.clone(),
    ));
    let waits = Waits { gate: &gate, address, told: Cell::new(false) };
    let wired = tokio::select! {
        wired = wire::store::patiently(&config, |cause| waits.tell(cause)) => wired,
        _ = signals.next() => {
            stop.cancel();
            drained(open(accepting).await?, HURRY).await;
            return Ok(());
        }
    };
    let mut wired = wired.map_err(|error| Failed::new(exit::FAILED, format!("{error:#}")))?;
    let limits = Limits { body: config.http.max_body, writes: config.http.rate_limit, ..Limits::default() };
    let door = Door::new(address.ip(), config.http.public_url.as_ref());
    let mut app = App::new(wired.gaggle.clone(), door, limits);
    app.metrics = metrics;
    app.doctor = Doctor::new(&config, wired.cluster.clone()).into();
    if let Some(cluster) = wired.cluster.clone() {
        app.agents = Agents::known(move |address| {
            let runtime = cluster.runtime.clone();
            async move { runtime.is_agent(address).await }
        });
    }
    if let Some(tunnels) = wired.tunnels.take() {
        tokio::spawn(acp::serve_tunnels(app.clone(), tunnels));
    }
    gate.open(http::router(app.clone()));
    // Whoever started it may not listen: that is no reason to end.
    if let Err(error) = show::print(&greeting::text(&config, &wired, address)) {
        tracing::debug!(%error, "nobody reads standard output");
    }

    let ending = signals.next().await;
    stop.cancel();
    let open = open(accepting).await?;
    tokio::select! {
        () = end(&config, flags, &app, open, ending) => {}
        _ = signals.next() => tracing::warn!("a second signal: ended at once"),
    }
    wired.close().await;
    Ok(())
}

/// The connections that are left once no more are taken.
async fn open(accepting: JoinHandle<Open>) -> Result<Open, Failed> {
    accepting.await.map_err(|error| Failed::new(exit::FAILED, format!("connections are lost: {error}")))
}

/// Says that the store is waited for: once to whoever started it, always to whoever asks.
struct Waits<'a> {
    gate: &'a Gate,
    address: SocketAddr,
    told: Cell<bool>,
}

impl Waits<'_> {
    fn tell(&self, cause: &str) {
        self.gate.waits(cause);
        if self.told.replace(true) {
            tracing::debug!(cause, "the store still cannot be reached");
            return;
        }
        tracing::warn!(cause, "the store cannot be reached; it is tried again until it can");
        if let Err(error) = show::print(&greeting::waiting(self.address, cause)) {
            tracing::debug!(%error, "nobody reads standard output");
        }
    }
}

/// Answers what waits and closes the readers. At SIGTERM agents and their turns go on in their relays; at Ctrl-C
/// they end, unless they are to be kept.
async fn end(config: &Config, flags: &Flags, app: &App, open: Open, ending: Ending) {
    app.closing.cancel();
    if ending == Ending::Interrupted && !flags.keep_agents {
        eprintln!("ending the agents (--keep-agents would let them go on)");
        // Turns end with their agents, and what waits for them is answered by that.
        join(app.gaggle.shutdown(true), drained(open, HURRY)).await;
    } else {
        let patience = if ending == Ending::Interrupted { HURRY } else { config.http.drain };
        drained(open, patience).await;
        app.gaggle.shutdown(false).await;
    }
}

async fn drained(open: Open, patience: Duration) {
    if timeout(patience, open.shutdown()).await.is_err() {
        tracing::info!("requests that still wait are left unanswered");
    }
}

/// A name that is nearly right would otherwise do nothing, silently.
fn warn_of_unknown(config: &Config) {
    let ours = config.vars.all().map(|(name, _)| name).filter(|name| name.starts_with("GAGGLE_"));
    for name in ours.filter(|name| !matches!(*name, "GAGGLE_SERVER" | "GAGGLE_USER") && !of_a_service(name)) {
        if !KNOWN.iter().any(|known| known.name == name) {
            tracing::warn!(name, "there is no such variable");
        }
    }
}

/// Whether Kubernetes has set it: it tells every pod of the Services beside it, ours are `gaggle` and `gaggle-agents`.
fn of_a_service(name: &str) -> bool {
    let rest = ["GAGGLE_AGENTS", "GAGGLE"].into_iter().find_map(|service| name.strip_prefix(service));
    rest.is_some_and(|rest| {
        rest == "_SERVICE_HOST"
            || rest.starts_with("_SERVICE_PORT")
            || rest == "_PORT"
            || rest.starts_with("_PORT_")
    })
}

#[cfg(test)]
mod tests {
    use super::of_a_service;

    #[test]
    fn what_kubernetes_sets_is_no_misspelt_variable() {
        for set in
            ["GAGGLE_AGENTS_SERVICE_HOST", "GAGGLE_SERVICE_PORT_HTTP", "GAGGLE_PORT", "GAGGLE_PORT_80_TCP"]
        {
            assert!(of_a_service(set), "{set}");
        }
        for ours in ["GAGGLE_SERVICE_TYP", "GAGGLE_AGENT_LISTEN", "GAGGLE_PORTS"] {
            assert!(!of_a_service(ours), "{ours}");
        }
    }
}
