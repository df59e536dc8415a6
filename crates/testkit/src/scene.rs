//! A core over fakes, and the words a caller says to it.

use crate::{FakeGateway, FakeRuntime, ManualClock, SeededEntropy};
use async_trait::async_trait;
use futures_util::StreamExt as _;
use gaggle_core::{
    error::Error,
    port::{ModelAccess, ModelError, ModelGrant, Store},
    service::{Call, Config, EventFilter, Gaggle, Key, LineStream, OrphanPolicy, Outcome, Parts, Reach},
};
use gaggle_shared::{
    Caller, Event, EventBody, Mode, ProjectId, SendMessage, Settings, Span, StoreKind, User, UserId,
};
use std::{collections::BTreeMap, fmt::Debug, sync::Arc, time::Duration};

/// Grants the demo model, or refuses a provider named `unknown`.
#[derive(Debug)]
pub struct Demo;

#[async_trait]
impl ModelAccess for Demo {
    async fn grant(&self, _: &UserId, _: &ProjectId, settings: &Settings) -> Result<ModelGrant, ModelError> {
        match settings.provider.as_deref() {
            Some("unknown") => {
                Err(ModelError::NotConfigured { provider: "unknown".into(), hint: "set a key".into() })
            }
            _ => Ok(ModelGrant { env: BTreeMap::new(), demo: true }),
        }
    }
}

/// A server over these, started.
///
/// # Panics
/// It cannot be opened or started.
pub async fn server(parts: Parts, config: Config) -> Gaggle {
    let gaggle = Gaggle::open(parts, config).await.expect("it opens");
    gaggle.start().await.expect("it starts");
    gaggle
}

/// What a server is made of. The same seed makes the same ids.
pub fn parts(
    store: Arc<dyn Store>,
    runtime: &FakeRuntime,
    gateway: &FakeGateway,
    clock: &ManualClock,
    seed: u64,
) -> Parts {
    Parts {
        store,
        runtime: Arc::new(runtime.clone()),
        gateway: Arc::new(gateway.clone()),
        model: Arc::new(Demo),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(seed)),
    }
}

/// Alice and Bob, and the usual limits.
pub fn config() -> Config {
    Config {
        users: vec![User { id: alice(), name: "Alice".into() }, User { id: bob(), name: "Bob".into() }],
        server: "test".into(),
        version: "0".into(),
        store_kind: StoreKind::Embedded,
        provider: None,
        model: None,
        host: "here".into(),
        reach: Reach::Computer,
        ready_timeout: Duration::from_secs(120),
        idle_timeout: Span::from_secs(1800),
        permission_timeout: Span::from_secs(600),
        mode: Mode::SmartApprove,
        patience: Duration::from_secs(120),
        activations: 4,
        orphans: OrphanPolicy::Remove,
        queue: 20,
        journal_bytes: 64 * 1024 * 1024,
    }
}

/// A user.
pub fn alice() -> UserId {
    UserId::parse("alice").expect("an id")
}

/// Another user.
pub fn bob() -> UserId {
    UserId::parse("bob").expect("an id")
}

/// Anybody calls.
pub fn call() -> Call {
    Call { caller: Caller { user_id: None, name: "anybody".into(), may: vec!["*".into()] }, key: None }
}

/// Anybody calls, with an idempotency key.
pub fn keyed(key: &str, body: &str) -> Call {
    Call { key: Some(Key { key: key.into(), body: body.into() }), ..call() }
}

/// A message that says this.
pub fn message(text: &str) -> SendMessage {
    SendMessage::of(text)
}

/// What came of it.
///
/// # Panics
/// It is not done.
pub fn done<T: Debug>(outcome: Result<Outcome<T>, Error>) -> T {
    match outcome {
        Ok(Outcome::Done(value)) => value,
        other => panic!("not done: {other:?}"),
    }
}

/// Fails a test that waits for what never comes.
///
/// # Panics
/// It did not come.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it did not happen in time")
}

/// A reading of a journal.
pub struct Events(LineStream);

impl Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

impl Events {
    /// Reads a project's journal of Alice's from here on.
    ///
    /// # Panics
    /// There is none.
    pub async fn read(gaggle: &Gaggle, id: &ProjectId, after: u64) -> Self {
        Self(gaggle.events(&call(), &alice(), id, after, EventFilter::default()).await.expect("a journal"))
    }

    /// The next one.
    ///
    /// # Panics
    /// There comes none.
    pub async fn next(&mut self) -> Event {
        let line = within(self.0.next()).await.expect("the stream goes on");
        serde_json::from_str(&line.json).expect("an event")
    }

    /// All events until one like this, that one included.
    pub async fn until(&mut self, is: impl Fn(&EventBody) -> bool) -> Vec<Event> {
        let mut seen = Vec::new();
        loop {
            let event = self.next().await;
            let last = is(&event.body);
            seen.push(event);
            if last {
                return seen;
            }
        }
    }
}
