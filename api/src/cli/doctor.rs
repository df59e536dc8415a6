use super::{Failed, exit, serve, show};
use crate::{
    config::{Config, StoreConfig},
    doctor::{asked, cluster, goose_of, model, running},
    wire,
};
use gaggle_shared::{Finding, FindingState};
use tokio::net::{TcpListener, TcpStream};

/// Looks at everything, says what it found and what to do.
pub(super) async fn run(flags: &serve::Flags) -> Result<(), Failed> {
    let config = serve::configuration(flags)?;
    let mut findings = match &config.cluster {
        Some(told) => {
            let (mut found, walls) = tokio::join!(cluster(told), asked(config.http.listen));
            found.push(walls);
            found
        }
        None => vec![goose_of(&config).await],
    };
    findings.push(model(&config));
    let (runs, store) = (running(config.http.listen).await, store(&config).await);
    findings.extend(match runs {
        None => [port(&config).await, store],
        Some(ready) => beside(&config, ready, store),
    });
    for finding in &findings {
        let mark = match finding.state {
            FindingState::Good => "ok ",
            FindingState::Note => "-- ",
            FindingState::Bad => "BAD",
        };
        let hint = finding.hint.as_ref().map(|hint| format!(". {hint}")).unwrap_or_default();
        show::print(&show::clean(&format!("{mark}  {:<13} {}{hint}\n", finding.about, finding.found)))?;
    }
    match findings.iter().filter(|finding| finding.state == FindingState::Bad).count() {
        0 => Ok(()),
        1 => Err(Failed::new(exit::FAILED, "one thing needs care")),
        many => Err(Failed::new(exit::FAILED, format!("{many} things need care"))),
    }
}

/// Beside a server that runs with this configuration: it has the port and the store, which nobody else can have then.
fn beside(config: &Config, ready: bool, store: Finding) -> [Finding; 2] {
    let listen = config.http.listen;
    let store = match ready {
        _ if store.state != FindingState::Bad => store,
        true => Finding::good("store", "the Gaggle that runs here has it, and can use it"),
        false => Finding::bad(
            "store",
            "the Gaggle that runs here cannot use it now",
            "look at its status page, or at its log",
        ),
    };
    [Finding::good("port", format!("a Gaggle runs at {listen}")), store]
}

async fn port(config: &Config) -> Finding {
    let listen = config.http.listen;
    match TcpListener::bind(listen).await {
        Ok(_) => Finding::good("port", format!("{listen} is free")),
        Err(_) if TcpStream::connect(listen).await.is_ok() && !config.http.asked => Finding::good(
            "port",
            format!("{listen} is taken (perhaps by a running Gaggle): the next free one would be used"),
        ),
        Err(error) => {
            Finding::bad("port", format!("{listen}: {error}"), "Set GAGGLE_LISTEN to another address")
        }
    }
}

async fn store(config: &Config) -> Finding {
    let shown = match &config.store {
        StoreConfig::Embedded if !config.paths.data.exists() => {
            return Finding::good(
                "store",
                format!("{} is made at the first start", config.paths.data.display()),
            );
        }
        StoreConfig::Embedded => config.paths.data.display().to_string(),
        StoreConfig::Mongodb(address) => format!("MongoDB at {address}"),
    };
    let checked = async { Ok::<_, anyhow::Error>(wire::store::open(config).await?.store.check().await?) };
    match checked.await {
        Ok(()) => Finding::good("store", format!("{shown} can be opened and written")),
        Err(error) => Finding::bad("store", format!("{error:#}"), ""),
    }
}
