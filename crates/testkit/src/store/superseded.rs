//! One server hangs while another takes its project over, on any store that several servers may write: told once, for
//! the store in memory and for a real one.

use super::{FaultyStore, Written};
use crate::{Act, FakeGateway, FakeRuntime, ManualClock, SeededEntropy};
use async_trait::async_trait;
use futures_util::StreamExt as _;
use gaggle_core::port::{ModelAccess, ModelError, ModelGrant, Store};
use gaggle_core::service::{
    Call, Config, EventFilter, Gaggle, LineStream, OrphanPolicy, Outcome, Parts, Reach, Wait,
};
use gaggle_shared::{
    Caller, Code, CreateProject, Event, EventBody, Mode, ProjectId, ProjectName, SendMessage, Settings, Span,
    StoreKind, User, UserId,
};
use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

/// Longer than what streams waits to be stored.
const STORED: Duration = Duration::from_millis(60);

/// The demo model for everybody.
#[derive(Debug)]
struct Demo;

#[async_trait]
impl ModelAccess for Demo {
    async fn grant(&self, _: &UserId, _: &ProjectId, _: &Settings) -> Result<ModelGrant, ModelError> {
        Ok(ModelGrant { env: BTreeMap::new(), demo: true })
    }
}

/// What all servers share but their store's client.
struct Place {
    gateway: FakeGateway,
    runtime: FakeRuntime,
    clock: ManualClock,
    alice: UserId,
}

/// A server hangs between having shown something and storing it. The next one dies between taking the project over and
/// sealing its journal; the one after that goes on. Then the first one wakes: nobody ever reads what it had in hand, it
/// learns that it has the project no more, and its readers end. The clients are of one empty store.
///
/// # Panics
/// If it is not so.
pub async fn a_late_batch_is_seen_by_nobody<S: Store + 'static>(clients: [S; 4]) {
    let place = Place::new();
    let [first, dying, second, third] = clients.map(|client| Arc::new(FaultyStore::new(client)));
    place.gateway.script(|_| vec![Act::say("one "), Act::Hold, Act::say("two "), Act::Hold]);
    let hung = place.server(&first, 1).await;
    within(hung.start()).await.unwrap_or_else(|error| panic!("{error:?}"));
    let project = place.begin(&hung).await;
    let mut its_reader = place.events(&hung, &project).await;
    read_until(&mut its_reader, "one ").await;
    first.hold_writes();
    place.clock.advance(STORED);
    within(first.writes_wait()).await;

    place.gateway.server_dies();
    dying.die_after(2);
    let died = within(place.server(&dying, 2).await.start()).await;
    assert!(died.is_err(), "it goes on after its death");
    let writes = dying.writes();
    let claimed = matches!(&writes[..], [Written::Instance, Written::Replace(..)]);
    assert!(claimed, "taken over, not sealed: {writes:?}");

    let next = place.server(&second, 3).await;
    within(next.start()).await.unwrap_or_else(|error| panic!("{error:?}"));
    place.gateway.resume(&project);
    let seen = read_until(&mut place.events(&next, &project).await, "two ").await;
    place.clock.advance(STORED);
    let last = seen.last().map_or(0, |event| event.seq);
    within(async {
        while second.journal_end(&project).await.is_ok_and(|(end, _)| end < last) {
            tokio::task::yield_now().await;
        }
    })
    .await;

    let answered = first.writes().len() + 1;
    first.release();
    within(first.reached(answered)).await;
    let again = read_until(&mut place.events(&next, &project).await, "two ").await;
    assert_eq!(again, seen, "a later reader of the same server");
    place.gateway.server_dies();
    let after = place.server(&third, 4).await;
    within(after.start()).await.unwrap_or_else(|error| panic!("{error:?}"));
    let again = read_until(&mut place.events(&after, &project).await, "two ").await;
    assert_eq!(again, seen, "a reader of a later server");

    assert!(
        within(its_reader.next()).await.is_none(),
        "the first one's reader has ended, and saw nothing more"
    );
    let asked = place.send(&hung, &project).await;
    assert_eq!(asked.map_err(|error| error.code).err(), Some(Code::StoreUnavailable));
}

impl Place {
    fn new() -> Self {
        let clock = ManualClock::default();
        let gateway = FakeGateway::new(Arc::new(clock.clone()));
        let runtime = FakeRuntime::with_gateway(&gateway);
        let alice = UserId::parse("alice").unwrap_or_else(|error| panic!("{error}"));
        Self { gateway, runtime, clock, alice }
    }

    async fn server<S: Store + 'static>(&self, store: &Arc<FaultyStore<S>>, seed: u64) -> Gaggle {
        let parts = Parts {
            store: store.clone(),
            runtime: Arc::new(self.runtime.clone()),
            gateway: Arc::new(self.gateway.clone()),
            model: Arc::new(Demo),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(SeededEntropy::new(seed)),
        };
        Gaggle::open(parts, self.config()).await.unwrap_or_else(|error| panic!("{error:?}"))
    }

    fn config(&self) -> Config {
        Config {
            users: vec![User { id: self.alice.clone(), name: "Alice".into() }],
            server: "test".into(),
            version: "0".into(),
            store_kind: StoreKind::Mongodb,
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

    fn call() -> Call {
        Call { caller: Caller { user_id: None, name: "anybody".into(), may: vec!["*".into()] }, key: None }
    }

    /// A project whose agent is given something to do.
    async fn begin(&self, gaggle: &Gaggle) -> ProjectId {
        let name = ProjectName::parse("one").unwrap_or_else(|error| panic!("{error}"));
        let body = CreateProject { name, settings: None };
        let made = within(gaggle.create_project(&Self::call(), &self.alice, body)).await;
        let project = made.unwrap_or_else(|error| panic!("{error:?}")).id;
        self.send(gaggle, &project).await.unwrap_or_else(|error| panic!("{error:?}"));
        project
    }

    async fn send(
        &self,
        gaggle: &Gaggle,
        project: &ProjectId,
    ) -> Result<Outcome<gaggle_shared::Turn>, gaggle_core::error::Error> {
        let message = SendMessage::of("go");
        within(gaggle.send_message(&Self::call(), &self.alice, project, message, Wait::Now)).await
    }

    async fn events(&self, gaggle: &Gaggle, project: &ProjectId) -> LineStream {
        let all = EventFilter::default();
        let events = within(gaggle.events(&Self::call(), &self.alice, project, 0, all)).await;
        events.unwrap_or_else(|error| panic!("{error:?}"))
    }
}

/// All events up to the one that says this.
async fn read_until(lines: &mut LineStream, words: &str) -> Vec<Event> {
    let mut seen = Vec::new();
    loop {
        let line =
            within(lines.next()).await.unwrap_or_else(|| panic!("it ended before {words:?}: {seen:?}"));
        let event: Event = serde_json::from_str(&line.json).unwrap_or_else(|error| panic!("{error}"));
        let last = matches!(&event.body, EventBody::MessageDelta { text, .. } if text == words);
        seen.push(event);
        if last {
            return seen;
        }
    }
}

/// Fails a test that waits for what never comes.
async fn within<T>(future: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(Duration::from_secs(20), future).await;
    done.unwrap_or_else(|_| panic!("it did not happen in time"))
}
