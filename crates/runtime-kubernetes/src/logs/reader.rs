use super::{
    Keeper, MOST,
    lines::{Line, Window, merged},
    pod::{self, Wanted},
};
use crate::{
    client::{Call, Connection, DEADLINE, Fault, Verb},
    state::{Key, Project},
    watch::Hub,
};
use futures_util::{StreamExt as _, stream};
use gaggle_core::port::{Cause, LogLines};
use gaggle_shared::ProjectId;
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    sync::{broadcast::error::RecvError, mpsc},
    time::timeout,
};

/// Lines that wait for a slow reader, before reading stops.
const AHEAD: usize = 256;

/// When to look again though no change was seen: a container's log can be read a little before the API shows it.
const AGAIN: Duration = Duration::from_secs(1);

/// Up to when of which pod a log was read.
#[derive(Debug)]
struct At {
    pod: Key,
    stamp: Box<str>,
}

/// Reads a project's log.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) live: crate::runtime::Live,
    pub(crate) connection: Connection,
    pub(crate) hub: Arc<Hub>,
    pub(crate) keeper: Keeper,
}

impl Reader {
    /// The last lines, and no more.
    pub(crate) async fn end(&self, project: &ProjectId, tail: usize) -> Result<LogLines, Cause> {
        let (lines, _) = self.last(project, tail).await?;
        Ok(stream::iter(lines).map(|line| line.text.into()).boxed())
    }

    /// The last lines, then what comes, until the reader leaves or nothing is left of the project.
    pub(crate) async fn follow(self, project: ProjectId, tail: usize) -> Result<LogLines, Cause> {
        // Before anything is read, so that no change is missed in between.
        let touches = self.hub.touches();
        let (lines, at) = self.last(&project, tail).await?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            tokio::select! {
                () = sender.closed() => {}
                () = self.carry(&project, (lines, at), touches, &sender) => {}
            }
        });
        let next = |mut receiver: mpsc::Receiver<String>| async move {
            receiver.recv().await.map(|line| (line, receiver))
        };
        Ok(stream::unfold(receiver, next).boxed())
    }

    /// What was kept and what is there; and up to when of which pod.
    async fn last(&self, project: &ProjectId, tail: usize) -> Result<(Vec<Line>, Option<At>), Cause> {
        let mut lines = self.keeper.read(project).await;
        let mut at = None;
        if let Some(pod) = self.pod(project).await {
            let wanted = Wanted { tail: Some(tail.min(MOST)), ..Wanted::default() };
            let client = self.connection.client().await?;
            match pod::read(client, &pod, wanted).await {
                Ok(more) => {
                    let more = Window::read(more, DEADLINE).await;
                    at = more.last().map(|line| At { pod, stamp: line.stamp.clone() });
                    lines = merged(lines, more);
                }
                Err(error) if is_forbidden(&error) => {
                    let call = Call { verb: Verb::Get, resource: "pods/log", namespace: &pod.namespace };
                    let host = self.connection.host().unwrap_or_default();
                    return Err(Fault::of(&error, call, &host).into());
                }
                Err(error) => tracing::debug!(project.id = %project, %error, "the pod has no log yet"),
            }
        }
        let excess = lines.len().saturating_sub(tail);
        lines.drain(..excess);
        Ok((lines, at))
    }

    async fn carry(
        &self,
        project: &ProjectId,
        (begin, mut at): (Vec<Line>, Option<At>),
        mut touches: tokio::sync::broadcast::Receiver<ProjectId>,
        sender: &mpsc::Sender<String>,
    ) {
        for line in begin {
            if sender.send(line.text.into()).await.is_err() {
                return;
            }
        }
        loop {
            if let Some(pod) = self.pod(project).await {
                self.stream(pod, &mut at, sender).await;
            }
            if sender.is_closed() || self.nothing_is_left(project).await {
                return;
            }
            // The container or the pod has ended, or the connection: go on when something has changed.
            let changed = async {
                loop {
                    match touches.recv().await {
                        Ok(touched) if touched != *project => {}
                        Ok(_) | Err(RecvError::Lagged(_)) => return,
                        Err(RecvError::Closed) => std::future::pending().await,
                    }
                }
            };
            let _ = timeout(AGAIN, changed).await;
        }
    }

    /// The watches lag: what they do not show may have been made a moment ago, so the API server has the last word.
    async fn nothing_is_left(&self, project: &ProjectId) -> bool {
        self.hub.whole()
            && self.hub.look(project, Project::is_empty)
            && self.live.project(project).await.is_ok_and(|live| live.is_empty())
    }

    /// Of the pod that was read before, what is new; of another, all.
    async fn stream(&self, pod: Key, at: &mut Option<At>, sender: &mpsc::Sender<String>) {
        let Ok(client) = self.connection.client().await else { return };
        let before = at.take().filter(|at| at.pod == pod).map(|at| at.stamp).unwrap_or_default();
        let wanted = Wanted { follow: true, after: &before, ..Wanted::default() };
        let lines = pod::read(client, &pod, wanted).await;
        let at = at.insert(At { pod, stamp: before });
        let Ok(lines) = lines else { return };
        let mut lines = pin!(lines);
        while let Some(line) = lines.next().await {
            at.stamp = line.stamp;
            if sender.send(line.text.into()).await.is_err() {
                return;
            }
        }
    }

    /// The pod whose log it is now: the one that shall run, else the one that is on its way out.
    async fn pod(&self, project: &ProjectId) -> Option<Key> {
        let of = |project: &Project| {
            let current = project.current().filter(|(_, pod)| pod.node.is_some());
            current.or_else(|| project.pods.iter().next_back()).map(|(key, _)| key.clone())
        };
        match self.hub.fresh() {
            true => self.hub.look(project, of),
            false => self.live.project(project).await.ok().as_ref().and_then(of),
        }
    }
}

fn is_forbidden(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 403)
}
