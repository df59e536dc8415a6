//! Kubernetes' own events. They carry no labels, so all namespaces' are followed from now on, and what regards
//! none of our objects is dropped as it comes; none is kept beyond the few that explain a start under way.

use super::{
    hub::Hub,
    pulse::{LASTS, SILENCE},
};
use crate::client::{Connection, DEADLINE};
use futures_util::TryStreamExt as _;
use k8s_openapi::api::core::v1::Event;
use kube::{
    Api, ResourceExt as _,
    api::{ListParams, WatchParams},
    core::WatchEvent,
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// When to try again.
const AGAIN: Duration = Duration::from_secs(2);

/// Follows events until it is dropped. Without them (no right to, for instance) diagnoses have less to go by.
pub(super) async fn follow(connection: Connection, hub: Arc<Hub>) {
    let mut version = None;
    let mut told = false;
    loop {
        match turn(&connection, &hub, &mut version).await {
            Ok(()) => told = false,
            Err(error) => {
                if !told {
                    tracing::warn!(%error, "Kubernetes' events cannot be followed; trying again");
                }
                told = true;
                version = None;
                sleep(AGAIN).await;
            }
        }
    }
}

async fn turn(connection: &Connection, hub: &Hub, version: &mut Option<String>) -> Result<(), String> {
    let text = |error: kube::Error| error.to_string();
    let client = connection.client().await.map_err(|cause| cause.to_string())?;
    let api: Api<Event> = Api::all(client);
    let from = match version {
        Some(version) => version.clone(),
        None => {
            let list = timeout(DEADLINE, api.list(&ListParams::default().limit(1))).await;
            let list = list.map_err(|_| "no answer".to_owned())?.map_err(text)?;
            list.metadata.resource_version.unwrap_or_default()
        }
    };
    *version = Some(from.clone());
    let params = WatchParams {
        timeout: u32::try_from(LASTS.as_secs()).ok(),
        bookmarks: true,
        ..WatchParams::default()
    };
    let opened = timeout(DEADLINE, api.watch(&params, &from)).await;
    let mut stream = pin!(opened.map_err(|_| "no answer".to_owned())?.map_err(text)?);
    loop {
        let next = timeout(SILENCE, stream.try_next()).await.map_err(|_| "nothing was heard".to_owned())?;
        match next.map_err(text)? {
            None => return Ok(()),
            Some(WatchEvent::Added(event) | WatchEvent::Modified(event)) => {
                *version = event.resource_version().or(version.take());
                hub.note(event.into());
            }
            Some(WatchEvent::Deleted(event)) => *version = event.resource_version().or(version.take()),
            Some(WatchEvent::Bookmark(mark)) => *version = Some(mark.metadata.resource_version),
            Some(WatchEvent::Error(status)) => return Err(status.message.clone()),
        }
    }
}
