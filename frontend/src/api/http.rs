//! JSON over fetch, with problems as values.

use crate::model::plain;
use gaggle_shared::{
    Code, Problem,
    read::{Read, from_json},
};
use gloo_net::http::{Method, RequestBuilder, Response};
use serde::Serialize;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Trouble {
    /// The server was not reached.
    Offline,
    /// The server said no.
    Problem(Box<Problem>),
    /// The answer was not what was expected.
    Garbled(String),
}

impl Trouble {
    /// One sentence for people, with nothing in it that could deceive: it may tell what an agent or a model said.
    pub(crate) fn message(&self) -> String {
        let message = match self {
            Self::Offline => "The server cannot be reached.".into(),
            Self::Problem(problem) if problem.detail.is_empty() => problem.title.clone(),
            Self::Problem(problem) => problem.detail.clone(),
            Self::Garbled(what) => format!("The server's answer was not understood: {what}"),
        };
        plain::line(&message)
    }

    /// What to do about it, where known.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Offline => Some("Is it running? The page tries again by itself.".into()),
            Self::Problem(problem) => problem.hint.as_deref().map(plain::line),
            Self::Garbled(_) => Some("Reload the page: it may be older than the server.".into()),
        }
    }

    /// The stable code of a problem.
    pub(crate) fn code(&self) -> Option<Code> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            _ => None,
        }
    }

    /// True if asking again cannot help.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Problem(problem) if (400..500).contains(&problem.status) && problem.status != 429)
    }
}

/// Reads JSON from `path`.
pub(crate) async fn get<T: Read>(path: &str) -> Result<T, Trouble> {
    if let Some(ahead) = super::ahead::take(path) {
        return read(ahead.sent().await).await;
    }
    let request = gloo_net::http::Request::get(path).header("accept", "application/json");
    read(request.send().await).await
}

/// Reads text from `path`.
pub(crate) async fn get_text(path: &str) -> Result<String, Trouble> {
    let response = gloo_net::http::Request::get(path).header("accept", "text/plain").send().await;
    let response = checked(response).await?;
    response.text().await.map_err(|_| Trouble::Offline)
}

/// Sends a wish; the answer comes at once, what becomes of it comes by the streams.
pub(crate) async fn send<B: Serialize, T: Read>(
    method: Method,
    path: &str,
    key: Option<&str>,
    body: Option<&B>,
) -> Result<T, Trouble> {
    read(request(method, path, key, body).await?).await
}

/// As [`send`], for answers nobody reads.
pub(crate) async fn tell<B: Serialize>(method: Method, path: &str, body: Option<&B>) -> Result<(), Trouble> {
    let sent = request(method, path, None, body).await?;
    checked(sent).await.map(|_| ())
}

type Sent = Result<Response, gloo_net::Error>;

async fn request<B: Serialize>(
    method: Method,
    path: &str,
    key: Option<&str>,
    body: Option<&B>,
) -> Result<Sent, Trouble> {
    let mut request = RequestBuilder::new(path)
        .method(method)
        .header("accept", "application/json")
        .header("prefer", "respond-async");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let garbled = |error: gloo_net::Error| Trouble::Garbled(error.to_string());
    let request = match body {
        Some(body) => request.json(body),
        None => request.build(),
    };
    Ok(request.map_err(garbled)?.send().await)
}

async fn read<T: Read>(sent: Sent) -> Result<T, Trouble> {
    let text = checked(sent).await?.text().await.map_err(|_| Trouble::Offline)?;
    from_json(&text).ok_or_else(|| Trouble::Garbled(text.chars().take(80).collect()))
}

/// The response if the server said yes.
pub(crate) async fn checked(sent: Sent) -> Result<Response, Trouble> {
    let response = sent.map_err(|_| Trouble::Offline)?;
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    match from_json::<Problem>(&text) {
        Some(problem) => Err(Trouble::Problem(Box::new(problem))),
        // A proxy in front of a server that is away answers for it.
        None if matches!(status, 502..=504) => Err(Trouble::Offline),
        None => Err(Trouble::Garbled(format!("HTTP {status}"))),
    }
}
