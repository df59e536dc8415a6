//! What `gaggle doctor` looks at, also of a server that runs: one set of checks for both.

mod cluster;
mod walls;

pub(crate) use cluster::cluster;
pub(crate) use walls::{asked, running};

use crate::{
    config::Config,
    http::App,
    wire::{self, Cluster},
};
use gaggle_shared::{Finding, FindingState, Info, RuntimeKind, Status};
use std::path::{Path, PathBuf};
use tokio::{
    process::Command,
    sync::Mutex,
    time::{Duration, Instant, timeout},
};

/// How long Goose may take to say its version.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a page waits for it.
const HURRY: Duration = Duration::from_secs(3);

/// How long the same answer is given without asking Goose again.
const FRESH: Duration = Duration::from_secs(30);

/// Whether there is a Goose, and which.
pub(crate) async fn goose(path: Option<&Path>, patience: Duration) -> Finding {
    let Some(path) = path else { return Finding::bad("Goose", "not on PATH", wire::GET_GOOSE) };
    let shown = path.display();
    let version = Command::new(path).arg("--version").kill_on_drop(true).output();
    match timeout(patience, version).await {
        Ok(Ok(output)) if output.status.success() => {
            Finding::good("Goose", format!("{} at {shown}", String::from_utf8_lossy(&output.stdout).trim()))
        }
        Ok(Ok(output)) => {
            Finding::bad("Goose", format!("{shown} --version ended with {}", output.status), "")
        }
        Ok(Err(error)) => Finding::bad("Goose", format!("{shown} cannot be run: {error}"), wire::GET_GOOSE),
        // A large binary is read from a slow disk: that says nothing against it, unless a person waited long.
        Err(_) if patience < PATIENCE => {
            Finding::note("Goose", format!("{shown} has not yet said its version"), "")
        }
        Err(_) => Finding::bad("Goose", format!("{shown} --version does not answer"), ""),
    }
}

/// As [`goose`], of a configuration and with the patience of a person at a terminal.
pub(crate) async fn goose_of(config: &Config) -> Finding {
    goose(config.paths.goose.as_deref(), PATIENCE).await
}

/// Which model answers.
pub(crate) fn model(config: &Config) -> Finding {
    match wire::model(config) {
        Ok(model) => Finding::good("model", wire::model_in_words(&model)),
        Err(error) => Finding::bad("model", error.to_string(), ""),
    }
}

/// What a running server must remember to look at itself.
#[derive(Debug, Default)]
pub struct Doctor {
    goose: Option<PathBuf>,
    seen: Mutex<Option<(Instant, Finding)>>,
    cluster: Option<cluster::Watched>,
}

impl Doctor {
    /// For a server of this configuration, whose agents may run in this cluster.
    pub fn new(config: &Config, cluster: Option<Cluster>) -> Self {
        let cluster = cluster.map(cluster::Watched::new);
        Self { goose: config.paths.goose.clone(), seen: Mutex::default(), cluster }
    }

    /// Goose, looked at not more often than every half minute.
    async fn goose(&self) -> Finding {
        let mut seen = self.seen.lock().await;
        if let Some((at, finding)) = &*seen
            && at.elapsed() < FRESH
        {
            return finding.clone();
        }
        let finding = goose(self.goose.as_deref(), HURRY).await;
        if finding.state != FindingState::Note {
            *seen = Some((Instant::now(), finding.clone()));
        }
        finding
    }
}

/// All findings about a running server, in the order in which one would look.
pub(crate) async fn look(app: &App) -> Status {
    let info = app.gaggle.info();
    let mut findings =
        vec![Finding::good("Gaggle", format!("version {} is running on {}", info.version, info.host))];
    let cluster = async {
        match &app.doctor.cluster {
            Some(cluster) => cluster.look().await,
            None => Vec::new(),
        }
    };
    let (ready, cluster) = tokio::join!(timeout(HURRY, app.gaggle.ready()), cluster);
    let (store, runtime) = match ready {
        Ok((store, runtime)) => {
            (store.map_err(|error| error.to_string()), runtime.map_err(|error| error.to_string()))
        }
        Err(_) => (Err("it did not answer in time".into()), Err("not known".into())),
    };
    findings.push(match store {
        Ok(()) => Finding::good("store", "it can be read and written"),
        Err(error) => Finding::bad(
            "store",
            error,
            "nothing is lost, but nothing new can be acknowledged until it is back",
        ),
    });
    findings.push(match runtime {
        Ok(()) => Finding::good("runtime", "agents can be started"),
        Err(error) => {
            Finding::bad("runtime", error, "projects that sleep cannot be woken until this is mended")
        }
    });
    if info.runtime == RuntimeKind::Local {
        findings.push(app.doctor.goose().await);
    }
    findings.extend(cluster);
    findings.push(answers(&info));
    findings.push(walls::isolation(&info.isolation));
    findings.push(Finding::note(
        "sign-in",
        "nobody signs in: whoever can reach this address can do anything, as any user",
        "let it listen on loopback only, or put a proxy that signs people in before it",
    ));
    Status { findings }
}

fn answers(info: &Info) -> Finding {
    match (&info.provider, &info.model) {
        (Some(provider), Some(model)) => Finding::good("model", format!("{model} of {provider}")),
        (Some(provider), None) => Finding::good("model", provider.clone()),
        (None, _) => Finding::note(
            "model",
            "the built-in demo answers: it knows a few tricks and is no real model",
            "set ANTHROPIC_API_KEY, OPENAI_API_KEY or another provider's key for the server and start it again",
        ),
    }
}
