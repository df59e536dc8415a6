use crate::{
    config::{Config, StoreConfig},
    http::page,
    wire,
    wire::Wired,
};
use std::net::SocketAddr;

/// What the start says: where it is, where things are kept, what answers, and what is missing.
pub(super) fn text(config: &Config, wired: &Wired, address: SocketAddr) -> String {
    let public = config.http.public_url.as_ref().map(|url| url.to_string().trim_end_matches('/').to_owned());
    let address = public.unwrap_or_else(|| format!("http://{address}"));
    let goose = match &config.paths.goose {
        Some(path) if path.is_file() => path.display().to_string(),
        Some(path) => format!("not found at {}. {}", path.display(), wire::GET_GOOSE),
        None => format!("not found. {}", wire::GET_GOOSE),
    };
    let mut rows = vec![("data", config.paths.data.display().to_string())];
    if let StoreConfig::Mongodb(address) = &config.store {
        rows.push(("store", format!("MongoDB at {address}")));
    }
    rows.push(("model", wire::model_in_words(&wired.model)));
    // On a cluster Goose comes with the image.
    rows.push(match &config.cluster {
        Some(cluster) => ("image", cluster.agent.image.clone()),
        None => ("goose", goose),
    });
    if !page::built() {
        rows.push(("page", "not in this binary; `cargo xtask build` makes one with it".to_owned()));
    }
    if !config.http.listen.ip().is_loopback() {
        rows.push(("warning", "nobody signs in: whoever reaches this address may do anything".to_owned()));
    }
    let rows: String = rows.iter().map(|(name, value)| format!("\n  {name:<8} {value}")).collect();
    format!("\nGaggle {} is ready at {address}\n{rows}\n\n  Ctrl-C ends it.\n\n", env!("CARGO_PKG_VERSION"))
}

/// What a start says whose store is not there yet.
pub(super) fn waiting(address: SocketAddr, cause: &str) -> String {
    format!(
        "\nGaggle listens at http://{address} and waits for its store: {cause}.\nIt tries again by itself.\n\n"
    )
}
