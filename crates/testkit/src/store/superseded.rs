//! One server hangs while another takes its project over, on any store that several servers may write: told once, for
//! the store in memory and for a real one.

use super::{FaultyStore, Written};
use crate::scene::{self, alice, call, config, within};
use crate::{Act, FakeGateway, FakeRuntime, ManualClock};
use futures_util::StreamExt as _;
use gaggle_core::port::Store;
use gaggle_core::service::{Config, EventFilter, Gaggle, LineStream, Outcome, Wait};
use gaggle_shared::{Code, CreateProject, Event, EventBody, ProjectId, ProjectName, SendMessage, StoreKind};
use std::{sync::Arc, time::Duration};

/// Longer than what streams waits to be stored.
const STORED: Duration = Duration::from_millis(60);

/// What all servers share but their store's client.
struct Place {
    gateway: FakeGateway,
    runtime: FakeRuntime,
    clock: ManualClock,
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
        Self { gateway, runtime, clock }
    }

    async fn server<S: Store + 'static>(&self, store: &Arc<FaultyStore<S>>, seed: u64) -> Gaggle {
        let config = Config { store_kind: StoreKind::Mongodb, ..config() };
        let parts = scene::parts(store.clone(), &self.runtime, &self.gateway, &self.clock, seed);
        Gaggle::open(parts, config).await.unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// A project whose agent is given something to do.
    async fn begin(&self, gaggle: &Gaggle) -> ProjectId {
        let name = ProjectName::parse("one").unwrap_or_else(|error| panic!("{error}"));
        let body = CreateProject { name, settings: None };
        let made = within(gaggle.create_project(&call(), &alice(), body)).await;
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
        within(gaggle.send_message(&call(), &alice(), project, message, Wait::Now)).await
    }

    async fn events(&self, gaggle: &Gaggle, project: &ProjectId) -> LineStream {
        let all = EventFilter::default();
        let events = within(gaggle.events(&call(), &alice(), project, 0, all)).await;
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
