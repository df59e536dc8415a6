use super::lines::{Cutter, Line};
use crate::{client::DEADLINE, state::Key};
use futures_util::{Stream, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client, api::LogParams};
use std::pin::Pin;
use tokio::{io::AsyncReadExt as _, time::timeout};
use tokio_util::compat::FuturesAsyncReadCompatExt as _;

/// What is wanted of a log.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted<'a> {
    /// Of the container before the one that runs.
    pub(super) previous: bool,
    /// Until it ends.
    pub(super) follow: bool,
    /// Only the last lines.
    pub(super) tail: Option<usize>,
    /// Only what is newer than this time of a line.
    pub(super) after: &'a str,
}

/// The lines of a pod's log; the stream ends with it, or when the connection breaks.
pub(super) async fn read(
    client: Client,
    pod: &Key,
    wanted: Wanted<'_>,
) -> Result<impl Stream<Item = Line> + Send + use<>, kube::Error> {
    let params = LogParams {
        container: Some(crate::objects::CONTAINER.to_owned()),
        follow: wanted.follow,
        previous: wanted.previous,
        tail_lines: wanted.tail.and_then(|lines| i64::try_from(lines).ok()),
        // In whole seconds: what comes twice is left out below.
        since_time: wanted.after.parse().ok(),
        timestamps: true,
        ..LogParams::default()
    };
    let api: Api<Pod> = Api::namespaced(client, &pod.namespace);
    let opening = timeout(DEADLINE, api.log_stream(&pod.name, &params)).await;
    let source = opening.map_err(|_| silent())??;
    let state = Reading {
        source: Box::pin(source.compat()),
        cutter: Cutter::default(),
        ready: Vec::new().into_iter(),
        after: wanted.after.parse().ok(),
        last: Box::default(),
        over: false,
    };
    Ok(stream::unfold(state, |mut state| async move { state.next().await.map(|line| (line, state)) }))
}

fn silent() -> kube::Error {
    kube::Error::ReadEvents(std::io::Error::from(std::io::ErrorKind::TimedOut))
}

struct Reading<R> {
    source: Pin<Box<R>>,
    cutter: Cutter,
    ready: std::vec::IntoIter<Line>,
    /// Lines up to this time were had already.
    after: Option<jiff::Timestamp>,
    last: Box<str>,
    over: bool,
}

impl<R: tokio::io::AsyncRead> Reading<R> {
    async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.ready.next() {
                if self
                    .after
                    .is_some_and(|after| line.stamp.parse().is_ok_and(|at: jiff::Timestamp| at <= after))
                {
                    continue;
                }
                self.after = None;
                return Some(line);
            }
            if self.over {
                return None;
            }
            let mut bytes = vec![0; 32 * 1024];
            let mut lines = Vec::new();
            match self.source.read(&mut bytes).await {
                Ok(0) | Err(_) => {
                    self.over = true;
                    lines.extend(self.cutter.rest());
                }
                Ok(read) => self.cutter.add(&bytes[..read], |line| lines.push(line)),
            }
            let mut parsed = Vec::with_capacity(lines.len());
            for line in lines {
                let line = Line::parse(&line, &self.last);
                self.last.clone_from(&line.stamp);
                parsed.push(line);
            }
            self.ready = parsed.into_iter();
        }
    }
}
