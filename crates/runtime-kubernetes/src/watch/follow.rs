//! Lists and watches a kind for ever: streaming lists where they are served, resuming where it can, from the
//! beginning where it cannot.

use super::{
    hub::Hub,
    pulse::{LASTS, SILENCE},
};
use crate::{
    client::{Call, Connection, DEADLINE, Fault, Next, Pages, Verb},
    state::Kind,
};
use futures_util::{Stream, TryStreamExt as _};
use gaggle_core::port::Cause;
use gaggle_shared::Code;
use kube::{Api, Client, ResourceExt as _, api::WatchParams, core::WatchEvent};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// A server that never streams is asked once in 2 to the power of so many whole lists: each time it may cost a silence.
const MOST_PAGED: u32 = 6;

/// The bookmark that ends a streaming list.
const LISTED: &str = "k8s.io/initial-events-end";

/// What a watch needs.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) connection: Connection,
    pub(super) selector: Arc<str>,
    pub(super) hub: Arc<Hub>,
}

/// Where a watch is.
struct Cursor {
    /// From where it can go on; none: from the beginning.
    version: Option<String>,
    /// The newest version ever seen: a list that is older comes from a server that lags.
    newest: u64,
    /// When all was listed.
    listed: Option<Instant>,
    /// Whether the next list is streamed.
    streaming: Streaming,
}

/// Whether the server serves streaming lists: one that was refused, or never ended, may have been a passing trouble.
#[derive(Debug, Default)]
struct Streaming {
    /// How often in a row it did not.
    refused: u32,
    /// So many whole lists are paged before it is tried again.
    paged: u32,
}

impl Streaming {
    fn tries(&self) -> bool {
        self.paged == 0
    }

    /// It did not: this list is paged, and ever more of those that follow.
    fn refuse(&mut self) {
        self.paged = 1 << self.refused.min(MOST_PAGED);
        self.refused += 1;
    }

    fn served(&mut self) {
        *self = Self::default();
    }

    /// A list in pages is complete.
    fn paged(&mut self) {
        self.paged = self.paged.saturating_sub(1);
    }
}

/// How a watch broke.
enum Broke {
    /// With the server's error.
    Told(kube::Error),
    /// Nothing came any more.
    Silent,
    /// A list older than what was seen before.
    Stale,
    /// It cannot be begun.
    Unable(Cause),
}

/// Follows a kind until it is dropped. Whatever goes wrong is tried again, ever more slowly, at most every 10 s.
pub(super) async fn follow<K: Kind>(source: Source, every: Duration) {
    let mut cursor = Cursor { version: None, newest: 0, listed: None, streaming: Streaming::default() };
    let mut failures = 0;
    loop {
        if cursor.listed.is_none_or(|at| at.elapsed() >= every) {
            cursor.version = None;
        }
        match turn::<K>(&source, &mut cursor).await {
            Ok(()) => failures = 0,
            Err(broke) => {
                if unsupported(&broke, &cursor) {
                    cursor.streaming.refuse();
                    continue;
                }
                if let Broke::Told(kube::Error::Api(status)) = &broke
                    && status.code == 410
                {
                    cursor.version = None;
                    if failures == 0 {
                        // Not an error of anybody's: too much has happened since.
                        failures += 1;
                        continue;
                    }
                }
                source.hub.stopped::<K>();
                tell::<K>(&broke, failures, source.connection.host());
                if let Broke::Told(error) = &broke {
                    source.connection.failed(error);
                }
                failures += 1;
                sleep(pause(failures)).await;
            }
        }
    }
}

fn pause(failures: u32) -> Duration {
    Duration::from_millis(250 << failures.min(5)).min(Duration::from_secs(10))
}

/// A server without streaming lists refuses them (also because its etcd is too old), or never says that the list
/// is complete. A list in pages always works, so that any other trouble may lead to it, but not what is no
/// trouble of the streaming.
fn unsupported(broke: &Broke, cursor: &Cursor) -> bool {
    let lists = cursor.version.is_none() && cursor.streaming.tries();
    lists
        && match broke {
            // 500: with an etcd before 3.5 the API server has the feature but cannot serve it.
            Broke::Told(kube::Error::Api(status)) => matches!(status.code, 400 | 422 | 500),
            Broke::Silent => true,
            _ => false,
        }
}

fn tell<K: Kind>(broke: &Broke, failures: u32, host: Option<String>) {
    let call = Call { verb: Verb::Watch, resource: K::RESOURCE, namespace: "" };
    let host = host.unwrap_or_default();
    let said = match broke {
        Broke::Told(error) => Cause::from(Fault::of(error, call, &host)),
        Broke::Silent => Cause::new(Code::ClusterUnreachable, "nothing was heard of it any more"),
        Broke::Stale => Cause::new(Code::ClusterUnreachable, "the API server shows an older state"),
        Broke::Unable(cause) => cause.clone(),
    };
    let detail = said.detail.as_deref().unwrap_or_default();
    if failures == 0 {
        tracing::warn!(kind = K::RESOURCE, cause = %said, detail, "a watch broke; objects are read live until it is back");
    } else {
        tracing::debug!(kind = K::RESOURCE, cause = %said, detail, failures, "a watch is still broken");
    }
}

/// One watch, until the server ends it in its time.
async fn turn<K: Kind>(source: &Source, cursor: &mut Cursor) -> Result<(), Broke> {
    let client = source.connection.client().await.map_err(Broke::Unable)?;
    if cursor.version.is_none() && !cursor.streaming.tries() {
        pages::<K>(&client, source, cursor).await?;
        cursor.streaming.paged();
    }
    let api: Api<K> = Api::all(client);
    let begins = cursor.version.is_none();
    let params = WatchParams {
        label_selector: Some(source.selector.to_string()),
        timeout: u32::try_from(LASTS.as_secs()).ok(),
        bookmarks: true,
        send_initial_events: begins,
        ..WatchParams::default()
    };
    // No version: as fresh as the server can be, unlike `0`, which is whatever it has at hand.
    let from = cursor.version.clone().unwrap_or_default();
    let opened = timeout(DEADLINE, api.watch(&params, &from)).await;
    let stream = opened.map_err(|_| Broke::Silent)?.map_err(Broke::Told)?;
    if !begins {
        source.hub.beat::<K>();
    }
    read(stream, source, cursor, begins).await
}

async fn read<K: Kind>(
    stream: impl Stream<Item = kube::Result<WatchEvent<K>>>,
    source: &Source,
    cursor: &mut Cursor,
    mut listing: bool,
) -> Result<(), Broke> {
    let mut stream = pin!(stream);
    let hub = &source.hub;
    if listing {
        hub.begin::<K>();
    }
    loop {
        let next = timeout(SILENCE, stream.try_next()).await.map_err(|_| Broke::Silent)?;
        match next.map_err(Broke::Told)? {
            None if listing => return Err(Broke::Silent),
            None => return Ok(()),
            Some(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                if !listing {
                    cursor.seen(object.resource_version());
                }
                hub.apply(object);
            }
            Some(WatchEvent::Deleted(object)) => {
                cursor.seen(object.resource_version());
                hub.remove(&object);
            }
            Some(WatchEvent::Bookmark(mark)) => {
                let version = mark.metadata.resource_version;
                if listing && mark.metadata.annotations.contains_key(LISTED) {
                    cursor.listed(version)?;
                    cursor.streaming.served();
                    hub.settle::<K>();
                    listing = false;
                } else if !listing {
                    cursor.seen(Some(version));
                }
            }
            Some(WatchEvent::Error(status)) => return Err(Broke::Told(kube::Error::Api(status))),
        }
        if !listing {
            hub.beat::<K>();
        }
    }
}

/// A list in pages, where none are streamed.
async fn pages<K: Kind>(client: &Client, source: &Source, cursor: &mut Cursor) -> Result<(), Broke> {
    source.hub.begin::<K>();
    let mut pages = Pages::new(K::url_path(&(), None), &source.selector);
    loop {
        let page = timeout(DEADLINE, pages.next(client, |object: K| source.hub.apply(object))).await;
        if let Next::End(version) = page.map_err(|_| Broke::Stale)?.map_err(Broke::Told)? {
            cursor.listed(version)?;
            source.hub.settle::<K>();
            source.hub.beat::<K>();
            return Ok(());
        }
    }
}

impl Cursor {
    /// It can go on from here.
    fn seen(&mut self, version: Option<String>) {
        if let Some(version) = version.filter(|version| !version.is_empty()) {
            self.newest = self.newest.max(version.parse().unwrap_or_default());
            self.version = Some(version);
        }
    }

    /// A list is complete.
    fn listed(&mut self, version: String) -> Result<(), Broke> {
        let number: u64 = version.parse().unwrap_or_default();
        if number != 0 && number < self.newest {
            return Err(Broke::Stale);
        }
        self.listed = Some(Instant::now());
        self.seen(Some(version));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_streaming_list_is_tried_again_ever_more_rarely() {
        let mut streaming = Streaming::default();
        let mut paged_until_tried = || {
            streaming.refuse();
            let mut lists = 0;
            while !streaming.tries() {
                streaming.paged();
                lists += 1;
            }
            lists
        };
        assert_eq!([(); 4].map(|()| paged_until_tried()), [1, 2, 4, 8]);
        assert_eq!([(); 4].map(|()| paged_until_tried()), [16, 32, 64, 64]);
        streaming.served();
        streaming.refuse();
        streaming.paged();
        assert!(streaming.tries(), "it has served since");
    }
}
