//! One shared, label-selected watch per kind, and what it shows. Secrets are never watched or listed.

mod addresses;
mod events;
mod follow;
mod hub;
mod pulse;

pub(crate) use hub::{Closing, Hub};

use crate::client::Connection;
use k8s_openapi::api::{
    apps::v1::{Deployment, ReplicaSet},
    core::v1::{PersistentVolumeClaim, Pod, Service},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How often pods are listed whole: an event that got lost is made good for in this time.
const PODS: Duration = Duration::from_secs(60);

/// How often the other kinds are: with thousands of sleeping projects that is a lot of data.
const OTHERS: Duration = Duration::from_secs(600);

/// The running watches; dropping it ends them.
#[derive(Debug)]
pub(crate) struct Watches {
    _end: DropGuard,
}

impl Watches {
    /// Begins to watch all that carries this selector, and shows it to the hub.
    pub(crate) fn start(connection: &Connection, selector: &str, hub: &Arc<Hub>) -> Self {
        let end = CancellationToken::new();
        let source = follow::Source {
            connection: connection.clone(),
            selector: selector.into(),
            hub: Arc::clone(hub),
        };
        let run = |task: futures_util::future::BoxFuture<'static, ()>| {
            let end = end.clone();
            tokio::spawn(async move { end.run_until_cancelled_owned(task).await });
        };
        run(Box::pin(follow::follow::<Deployment>(source.clone(), OTHERS)));
        run(Box::pin(follow::follow::<ReplicaSet>(source.clone(), OTHERS)));
        run(Box::pin(follow::follow::<Pod>(source.clone(), PODS)));
        run(Box::pin(follow::follow::<PersistentVolumeClaim>(source.clone(), OTHERS)));
        run(Box::pin(follow::follow::<Service>(source, OTHERS)));
        run(Box::pin(events::follow(connection.clone(), Arc::clone(hub))));
        run(Box::pin(hub::recheck(Arc::clone(hub))));
        Self { _end: end.drop_guard() }
    }
}
