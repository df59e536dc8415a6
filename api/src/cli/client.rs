//! A server, seen from a terminal.

mod sse;
mod turn;

pub(super) use sse::{Frame, Frames};
pub(super) use turn::{Watch, follow};

use super::{
    Remote,
    exit::{self, Failed},
};
use gaggle_shared::{List, Problem, Project};
use reqwest::{Method, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(5);

/// A server and a user of it.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    user: String,
    /// Whether answers are shown as JSON.
    pub(super) json: bool,
}

impl Client {
    pub(super) fn new(remote: &Remote) -> Result<Self, Failed> {
        let base = remote.server.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") {
            let failed =
                Failed::new(exit::USAGE, format!("--server {base}: an address beginning with http://"));
            return Err(failed.hint("a server behind TLS is reached through whatever ends the TLS near you"));
        }
        // A loopback address needs no proxy, and a proxy could not reach it.
        let http = reqwest::Client::builder().connect_timeout(CONNECT).no_proxy().build();
        let http = http.map_err(|error| Failed::new(exit::FAILED, error.to_string()))?;
        Ok(Self { http, base, user: remote.user.clone(), json: remote.json })
    }

    /// The path of the user's projects, or of something of one.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/api/users/{}/projects{rest}", segment(&self.user))
    }

    /// The path of something of the user.
    pub(super) fn user_path(&self, rest: &str) -> String {
        format!("/api/users/{}{rest}", segment(&self.user))
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Sends; a problem becomes an error.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, Failed> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        match response.json::<Problem>().await {
            Ok(problem) => Err(Failed::problem(&problem)),
            Err(_) => Err(Failed::new(exit::FAILED, format!("{} answered {status}", self.base))),
        }
    }

    pub(super) fn unreachable(&self, error: &reqwest::Error) -> Failed {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Failed::new(exit::NO_SERVER, format!("no server answers at {}: {cause}", self.base))
            .hint("`gaggle` starts one; --server or GAGGLE_SERVER names another")
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failed> {
        let response = self.send(request).await?;
        response
            .json()
            .await
            .map_err(|error| Failed::new(exit::FAILED, format!("an answer that cannot be read: {error}")))
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failed> {
        self.read(self.request(Method::GET, path)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failed> {
        let key = format!("cli-{:032x}", rand::random::<u128>());
        self.read(self.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
    }

    pub(super) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failed> {
        self.read(self.request(Method::DELETE, path)).await
    }

    /// The project of this name, else of this id.
    pub(super) async fn project(&self, name_or_id: &str) -> Result<Project, Failed> {
        let query = self.request(Method::GET, &self.path("")).query(&[("name", name_or_id)]);
        let found: List<Project> = self.read(query).await?;
        match found.items.into_iter().next() {
            Some(project) => Ok(project),
            None => self.get(&self.path(&format!("/{}", segment(name_or_id)))).await,
        }
    }
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(segment("../x y/ä"), "%2E%2E%2Fx%20y%2F%C3%A4");
    }
}
