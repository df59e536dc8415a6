use super::{Failed, exit, serve, show};
use crate::{config::Config, wire};
use std::path::Path;
use tokio::{
    net::{TcpListener, TcpStream},
    process::Command,
    time::{Duration, timeout},
};

/// One thing that was looked at.
struct Finding {
    good: bool,
    about: &'static str,
    found: String,
}

fn good(about: &'static str, found: impl Into<String>) -> Finding {
    Finding { good: true, about, found: found.into() }
}

fn bad(about: &'static str, found: impl Into<String>) -> Finding {
    Finding { good: false, about, found: found.into() }
}

/// Looks at everything, says what it found and what to do.
pub(super) async fn run(flags: &serve::Flags) -> Result<(), Failed> {
    let config = serve::configuration(flags)?;
    let findings =
        [goose(&config).await, provider(&config), port(&config).await, store(&config.paths.data).await];
    for finding in &findings {
        let mark = if finding.good { "ok " } else { "BAD" };
        show::print(&show::clean(&format!("{mark}  {:<9} {}\n", finding.about, finding.found)))?;
    }
    match findings.iter().filter(|finding| !finding.good).count() {
        0 => Ok(()),
        1 => Err(Failed::new(exit::FAILED, "one thing needs care")),
        many => Err(Failed::new(exit::FAILED, format!("{many} things need care"))),
    }
}

async fn goose(config: &Config) -> Finding {
    let Some(path) = &config.paths.goose else {
        return bad("Goose", format!("not on PATH. {}", wire::GET_GOOSE));
    };
    let version = Command::new(path).arg("--version").kill_on_drop(true).output();
    match timeout(Duration::from_secs(20), version).await {
        Ok(Ok(output)) if output.status.success() => {
            good("Goose", format!("{} at {}", String::from_utf8_lossy(&output.stdout).trim(), path.display()))
        }
        Ok(Ok(output)) => bad("Goose", format!("{} --version ended with {}", path.display(), output.status)),
        Ok(Err(error)) => {
            bad("Goose", format!("{} cannot be run: {error}. {}", path.display(), wire::GET_GOOSE))
        }
        Err(_) => bad("Goose", format!("{} --version does not answer", path.display())),
    }
}

fn provider(config: &Config) -> Finding {
    match wire::model(config) {
        Ok(model) => good("model", wire::model_in_words(&model)),
        Err(error) => bad("model", error.to_string()),
    }
}

async fn port(config: &Config) -> Finding {
    let listen = config.http.listen;
    match TcpListener::bind(listen).await {
        Ok(_) => good("port", format!("{listen} is free")),
        Err(_) if TcpStream::connect(listen).await.is_ok() && !config.http.asked => good(
            "port",
            format!("{listen} is taken (perhaps by a running Gaggle): the next free one would be used"),
        ),
        Err(error) => bad("port", format!("{listen}: {error}. Set GAGGLE_LISTEN to another address")),
    }
}

async fn store(data: &Path) -> Finding {
    let shown = data.display();
    if !data.exists() {
        return good("store", format!("{shown} is made at the first start"));
    }
    match wire::store(data).await {
        Ok(_) => good("store", format!("{shown} can be opened")),
        Err(error) => bad("store", format!("{error:#}")),
    }
}
