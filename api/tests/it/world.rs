//! A server in memory, and how tests talk to it.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use futures_util::StreamExt as _;
use gaggle_api::http::{App, Limits, guard::Door, router};
use gaggle_core::service::Config;
use gaggle_shared::{User, UserId};
use gaggle_testkit::{
    FakeGateway, FakeRuntime, ManualClock,
    scene::{self, parts, server},
    store::FaultyStore,
    store::MemoryStore,
};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::{net::Ipv4Addr, sync::Arc, time::Duration};
use tower::ServiceExt as _;

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) gateway: FakeGateway,
    pub(crate) runtime: FakeRuntime,
    pub(crate) store: MemoryStore,
    pub(crate) faults: Arc<FaultyStore<MemoryStore>>,
    pub(crate) app: App,
    router: Router,
}

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The problem's code; nothing for an answer that is none.
    pub(crate) fn json_code(&self) -> String {
        let value: Value = serde_json::from_str(&self.text).unwrap_or_default();
        value["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts a problem of this status and code, and gives it.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        for field in ["type", "title", "detail", "requestId"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {problem}");
        }
        problem
    }

    /// Asserts this status.
    pub(crate) fn ok(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Limits { heartbeat: Duration::from_millis(20), ..Limits::default() }).await
    }

    /// With other limits.
    pub(crate) async fn with(limits: Limits) -> Self {
        let clock = ManualClock::default();
        let gateway = FakeGateway::new(Arc::new(clock.clone()));
        let runtime = FakeRuntime::with_gateway(&gateway);
        let store = MemoryStore::new();
        let faults = Arc::new(FaultyStore::new(store.clone()));
        let gaggle = server(parts(faults.clone(), &runtime, &gateway, &clock, 7), config()).await;
        let app = App::new(gaggle, Door::new(Ipv4Addr::LOCALHOST.into(), None), limits);
        Self { clock, gateway, runtime, store, faults, router: router(app.clone()), app }
    }

    /// Serves it at an address of loopback too, for what needs a socket.
    pub(crate) async fn listen(&self) -> std::net::SocketAddr {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (router, metrics) = (self.router.clone(), self.app.metrics.clone());
        tokio::spawn(gaggle_api::server::accept(listener, router, metrics, 64, self.app.closing.clone()));
        address
    }

    /// Any request at all.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// A request with a JSON body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(
            request(method, path)
                .header("content-type", "application/json")
                .body(body.to_string().into())
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, &body).await
    }

    /// A new project of Alice; its path.
    pub(crate) async fn project(&self, name: &str) -> String {
        let answer = self.post("/api/users/alice/projects", json!({ "name": name })).await.ok(201);
        format!("/api/users/alice/projects/{}", answer.json()["id"].as_str().unwrap())
    }

    /// The events of a stream, as they come.
    pub(crate) async fn stream(&self, request: Request<Body>) -> Events {
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("content-encoding"));
        Events { body: response.into_body(), text: String::new() }
    }
}

/// A stream of server-sent events that is being read.
pub(crate) struct Events {
    body: Body,
    text: String,
}

impl Events {
    /// The next block between two empty lines, comments too; none at the end.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            let data = (&mut self.body).into_data_stream().next().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// The next event: id, type and data.
    pub(crate) async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            if let Some(data) = field("data") {
                let text = |name| field(name).unwrap_or_default().to_owned();
                return Some((text("id"), text("event"), serde_json::from_str(data).unwrap()));
            }
        }
    }

    /// Events up to the first of this type, with it.
    pub(crate) async fn until(&mut self, kind: &str) -> Vec<(String, String, Value)> {
        let mut seen = Vec::new();
        while let Some(event) = self.next().await {
            let last = event.1 == kind;
            seen.push(event);
            if last {
                return seen;
            }
        }
        panic!("no {kind} in {seen:?}");
    }
}

/// A request of a program on this computer.
pub(crate) fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header("host", "localhost:3000")
}

/// Carol is there too.
fn config() -> Config {
    let mut config = scene::config();
    config.users.push(User { id: UserId::parse("carol").unwrap(), name: "Carol".to_owned() });
    config
}
