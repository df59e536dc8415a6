use super::{LONG, Project};
use futures_util::StreamExt as _;
use gaggle_shared::{
    Event, EventBody,
    transcript::{Answer, Applied},
};
use reqwest::Method;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Reads a project's events as a page does: when the server goes away it comes back with its cursor.
#[derive(Debug)]
pub(crate) struct Reader {
    seen: Arc<Mutex<Vec<Event>>>,
    count: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Reader {
    /// Begins after this seq.
    pub(crate) fn start(project: Project, cursor: u64) -> Self {
        let seen = Arc::default();
        let (sender, count) = watch::channel(0);
        let task = tokio::spawn(read(project, cursor, Arc::clone(&seen), sender));
        Self { seen, count, task }
    }

    /// All that came so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.seen.lock().unwrap().clone()
    }

    /// The last seq that came.
    pub(crate) fn cursor(&self) -> u64 {
        self.seen.lock().unwrap().last().map_or(0, |event| event.seq)
    }

    /// Waits for the first event, of old ones too, that is as wanted.
    pub(crate) async fn until<T>(&self, what: &str, wanted: impl Fn(&EventBody) -> Option<T>) -> T {
        self.once(what, |events| events.iter().find_map(|event| wanted(&event.body))).await
    }

    /// Waits until all events together are as wanted.
    pub(crate) async fn once<T>(&self, what: &str, wanted: impl Fn(&[Event]) -> Option<T>) -> T {
        let mut count = self.count.clone();
        let found = async {
            loop {
                count.borrow_and_update();
                if let Some(found) = wanted(&self.seen.lock().unwrap()) {
                    return found;
                }
                count.changed().await.expect("the reader has failed");
            }
        };
        match timeout(LONG, found).await {
            Ok(found) => found,
            Err(_) => {
                let events = self.events();
                let last = &events[events.len().saturating_sub(8)..];
                panic!("this does not come: {what}; the last of {}: {last:#?}", events.len())
            }
        }
    }

    /// Waits until so many words of the turn's answer are here.
    pub(crate) async fn words(&self, turn: &str, count: usize) {
        let what = format!("{count} words");
        self.once(&what, |events| (text_of(events, turn).split_whitespace().count() >= count).then_some(()))
            .await;
    }

    /// Waits for the end of a turn; its answer, as the events tell it.
    pub(crate) async fn end_of(&self, turn: &str) -> String {
        self.until("the turn's end", |body| match body {
            EventBody::TurnEnded { turn: ended } if ended.id.as_str() == turn => Some(()),
            _ => None,
        })
        .await;
        text_of(&self.events(), turn)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The answer of a turn, as these events tell it. A gap fails the test; a double would stand in the text.
pub(crate) fn text_of(events: &[Event], turn: &str) -> String {
    let mut answer = Answer::default();
    for event in events.iter().filter(|event| event.body.turn_id().is_some_and(|id| id.as_str() == turn)) {
        assert_ne!(answer.apply(&event.body), Applied::Gap, "something is missing before {event:?}");
    }
    answer.text().trim().to_owned()
}

async fn read(project: Project, mut cursor: u64, seen: Arc<Mutex<Vec<Event>>>, count: watch::Sender<usize>) {
    loop {
        let request = project.api.request(Method::GET, &project.path("/events"));
        let request = request.header("accept", "text/event-stream").header("last-event-id", cursor);
        if let Ok(response) = request.send().await {
            let mut chunks = response.bytes_stream();
            let mut text = Vec::new();
            while let Some(Ok(chunk)) = chunks.next().await {
                text.extend_from_slice(&chunk);
                while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
                    let frame: Vec<u8> = text.drain(..end + 2).collect();
                    if let Some(event) = event(&frame) {
                        assert!(event.seq > cursor, "not after {cursor}: {event:?}");
                        assert!(!matches!(event.body, EventBody::Reset { .. }), "{event:?} after {cursor}");
                        cursor = event.seq;
                        seen.lock().unwrap().push(event);
                    }
                }
                count.send_replace(seen.lock().unwrap().len());
            }
        }
        // As `retry:` does for a page, only sooner: nothing tells when a server is back.
        sleep(Duration::from_millis(10)).await;
    }
}

/// The event in a frame; none in a comment.
fn event(frame: &[u8]) -> Option<Event> {
    let text = std::str::from_utf8(frame).unwrap();
    let data = text.lines().find_map(|line| line.strip_prefix("data: "))?;
    Some(serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}")))
}
