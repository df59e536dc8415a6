use super::{
    Keeper, MOST,
    kept::last_stamp,
    lines::Line,
    pod::{self, Wanted},
};
use crate::{
    client::Connection,
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
        let lines = self.last(project, tail).await?;
        Ok(stream::iter(lines).map(|line| line.text.into()).boxed())
    }

    /// The last lines, then what comes, until the reader leaves or nothing is left of the project.
    pub(crate) async fn follow(self, project: ProjectId, tail: usize) -> Result<LogLines, Cause> {
        // Before anything is read, so that no change is missed in between.
        let touches = self.hub.touches();
        let lines = self.last(&project, tail).await?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            tokio::select! {
                () = sender.closed() => {}
                () = self.carry(&project, lines, touches, &sender) => {}
            }
        });
        let next = |mut receiver: mpsc::Receiver<String>| async move {
            receiver.recv().await.map(|line| (line, receiver))
        };
        Ok(stream::unfold(receiver, next).boxed())
    }

    /// What was kept, then what is there.
    async fn last(&self, project: &ProjectId, tail: usize) -> Result<Vec<Line>, Cause> {
        let mut lines = self.keeper.read(project).await;
        if let Some(pod) = self.pod(project).await {
            let after = last_stamp(&lines).to_owned();
            let wanted = Wanted { tail: Some(tail.min(MOST)), after: &after, ..Wanted::default() };
            let client = self.connection.client().await?;
            match pod::read(client, &pod, wanted).await {
                Ok(more) => lines.extend(more.collect::<Vec<_>>().await),
                Err(error) => tracing::debug!(project.id = %project, %error, "the pod has no log yet"),
            }
        }
        let excess = lines.len().saturating_sub(tail);
        lines.drain(..excess);
        Ok(lines)
    }

    async fn carry(
        &self,
        project: &ProjectId,
        begin: Vec<Line>,
        mut touches: tokio::sync::broadcast::Receiver<ProjectId>,
        sender: &mpsc::Sender<String>,
    ) {
        let mut last = last_stamp(&begin).to_owned();
        for line in begin {
            if sender.send(line.text.into()).await.is_err() {
                return;
            }
        }
        loop {
            if let Some(pod) = self.pod(project).await {
                self.stream(&pod, &mut last, sender).await;
            }
            if sender.is_closed() || (self.hub.whole() && self.hub.look(project, Project::is_empty)) {
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

    async fn stream(&self, pod: &Key, last: &mut String, sender: &mpsc::Sender<String>) {
        let Ok(client) = self.connection.client().await else { return };
        let wanted = Wanted { follow: true, after: last, ..Wanted::default() };
        let Ok(lines) = pod::read(client, pod, wanted).await else { return };
        let mut lines = pin!(lines);
        while let Some(line) = lines.next().await {
            if !line.stamp.is_empty() {
                *last = line.stamp.into();
            }
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
