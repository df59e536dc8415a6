//! What `gaggle doctor` looks at, also of a server that runs: one set of checks for both.

use crate::{config::Config, http::App, wire};
use gaggle_shared::{Finding, FindingState, Info, Isolation, RuntimeKind, Status};
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

/// As it should be.
pub(crate) fn good(about: &str, found: impl Into<String>) -> Finding {
    Finding { about: about.into(), state: FindingState::Good, found: found.into(), hint: None }
}

/// It needs care.
pub(crate) fn bad(about: &str, found: impl Into<String>, hint: impl Into<String>) -> Finding {
    let hint = Some(hint.into()).filter(|hint| !hint.is_empty());
    Finding { about: about.into(), state: FindingState::Bad, found: found.into(), hint }
}

fn note(about: &str, found: impl Into<String>, hint: &str) -> Finding {
    Finding { state: FindingState::Note, ..bad(about, found, hint) }
}

/// Whether there is a Goose, and which.
pub(crate) async fn goose(path: Option<&Path>, patience: Duration) -> Finding {
    let Some(path) = path else { return bad("Goose", "not on PATH", wire::GET_GOOSE) };
    let shown = path.display();
    let version = Command::new(path).arg("--version").kill_on_drop(true).output();
    match timeout(patience, version).await {
        Ok(Ok(output)) if output.status.success() => {
            good("Goose", format!("{} at {shown}", String::from_utf8_lossy(&output.stdout).trim()))
        }
        Ok(Ok(output)) => bad("Goose", format!("{shown} --version ended with {}", output.status), ""),
        Ok(Err(error)) => bad("Goose", format!("{shown} cannot be run: {error}"), wire::GET_GOOSE),
        // A large binary is read from a slow disk: that says nothing against it, unless a person waited long.
        Err(_) if patience < PATIENCE => note("Goose", format!("{shown} has not yet said its version"), ""),
        Err(_) => bad("Goose", format!("{shown} --version does not answer"), ""),
    }
}

/// As [`goose`], of a configuration and with the patience of a person at a terminal.
pub(crate) async fn goose_of(config: &Config) -> Finding {
    goose(config.paths.goose.as_deref(), PATIENCE).await
}

/// Which model answers.
pub(crate) fn model(config: &Config) -> Finding {
    match wire::model(config) {
        Ok(model) => good("model", wire::model_in_words(&model)),
        Err(error) => bad("model", error.to_string(), ""),
    }
}

/// What a running server must remember to look at itself.
#[derive(Debug, Default)]
pub struct Doctor {
    goose: Option<PathBuf>,
    seen: Mutex<Option<(Instant, Finding)>>,
}

impl Doctor {
    /// For a server of this configuration.
    pub fn new(config: &Config) -> Self {
        Self { goose: config.paths.goose.clone(), seen: Mutex::default() }
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
    let mut findings = vec![good("Gaggle", format!("version {} is running on {}", info.version, info.host))];
    let (store, runtime) = match timeout(HURRY, app.gaggle.ready()).await {
        Ok((store, runtime)) => {
            (store.map_err(|error| error.to_string()), runtime.map_err(|error| error.to_string()))
        }
        Err(_) => (Err("it did not answer in time".into()), Err("not known".into())),
    };
    findings.push(match store {
        Ok(()) => good("store", "it can be read and written"),
        Err(error) => {
            bad("store", error, "nothing is lost, but nothing new can be acknowledged until it is back")
        }
    });
    findings.push(match runtime {
        Ok(()) => good("runtime", "agents can be started"),
        Err(error) => bad("runtime", error, "projects that sleep cannot be woken until this is mended"),
    });
    if info.runtime == RuntimeKind::Local {
        findings.push(app.doctor.goose().await);
    }
    findings.push(answers(&info));
    findings.push(isolation(&info));
    findings.push(note(
        "sign-in",
        "nobody signs in: whoever can reach this address can do anything, as any user",
        "let it listen on loopback only, or put a proxy that signs people in before it",
    ));
    Status { findings }
}

fn answers(info: &Info) -> Finding {
    match (&info.provider, &info.model) {
        (Some(provider), Some(model)) => good("model", format!("{model} of {provider}")),
        (Some(provider), None) => good("model", provider.clone()),
        (None, _) => note(
            "model",
            "the built-in demo answers: it knows a few tricks and is no real model",
            "set ANTHROPIC_API_KEY, OPENAI_API_KEY or another provider's key for the server and start it again",
        ),
    }
}

fn isolation(info: &Info) -> Finding {
    match &info.isolation {
        Isolation::None => note(
            "isolation",
            "agents run as the user who started the server, on the same computer: they are not isolated",
            "approvals guard against mistakes, not against malice; use the Kubernetes runtime to keep agents apart",
        ),
        Isolation::Policies { policies, enforced: true } => {
            good("isolation", format!("in force and seen to be enforced: {}", policies.join(", ")))
        }
        Isolation::Policies { policies, enforced: false } => note(
            "isolation",
            format!("in force, but not seen to be enforced: {}", policies.join(", ")),
            "the cluster's network plugin may not know network policies",
        ),
    }
}
