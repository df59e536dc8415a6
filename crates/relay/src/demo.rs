//! The demo model, for people without a key: a small OpenAI-compatible server on loopback that knows a few
//! tricks, makes real tool calls, and says what it is in every answer. It lives in the relay so that a demo
//! turn survives the server too.

mod intent;
mod reply;
mod request;
mod server;
#[cfg(test)]
mod tests;

use crate::random;
use std::net::Ipv4Addr;
use tokio::net::TcpListener;

/// The model's name.
const MODEL: &str = "gaggle-demo";

/// Starts the demo model for as long as the runtime lives; returns the variables that point Goose to it.
///
/// # Errors
/// No port or no random bytes.
pub(crate) async fn start() -> std::io::Result<Vec<(&'static str, String)>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let key = random::key()?;
    tokio::spawn(server::serve(listener, key.clone()));
    Ok(vec![
        ("GOOSE_PROVIDER", "openai".to_owned()),
        ("GOOSE_MODEL", MODEL.to_owned()),
        ("OPENAI_HOST", format!("http://{address}")),
        ("OPENAI_API_KEY", key),
    ])
}
