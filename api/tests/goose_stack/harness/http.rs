use super::LONG;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::net::SocketAddr;

/// The API of a server. It may die and come back at the same address.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: Client,
    base: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Reply {
    /// The body of an answer with this status; anything else fails the test.
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }
}

impl Api {
    pub(crate) fn new(address: SocketAddr) -> Self {
        // No connection outlives its call: it would be one to a server that has died since.
        let client = Client::builder().pool_max_idle_per_host(0).no_proxy().build().unwrap();
        Self { client, base: format!("http://{address}") }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// A call, waited for. An error is one of the connection.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        prefer: Option<&str>,
    ) -> reqwest::Result<Reply> {
        let mut request = self.request(method, path).timeout(LONG);
        if let Some(body) = body {
            request = request.json(&body);
        }
        if let Some(prefer) = prefer {
            request = request.header("prefer", prefer);
        }
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        Ok(Reply { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None, None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body), None).await.unwrap()
    }
}
