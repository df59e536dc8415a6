//! Removing all of a project.

use super::{
    Applier, Place,
    write::{Live, api, call},
};
use crate::{
    client::{Fault, Verb},
    labels,
    objects::Kind,
};
use futures_util::future::join_all;
use gaggle_core::port::Cause;
use gaggle_shared::{Code, ProjectId, Removed, UserId};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, ListParams, Preconditions, PropagationPolicy},
    core::{DynamicObject, PartialObjectMeta},
    runtime::wait::{await_condition, conditions::is_deleted},
};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;

/// How long an object may take to go; a pod's end and a volume's release are within.
const GONE: Duration = Duration::from_secs(60);

/// The kinds by which a project is found. Secrets are never listed: one is never alone, for it goes before them.
const FOUND_BY: [Kind; 3] = [Kind::PersistentVolumeClaim, Kind::Deployment, Kind::Service];

impl Applier {
    /// Where a project has objects, by live reads. More than one place: the prefix was another once.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn find(&self, project: &ProjectId) -> Result<Vec<Place>, Fault> {
        let selector = labels::project_selector(&self.config.instance, project);
        let mut found = BTreeSet::new();
        for list in join_all(FOUND_BY.map(|kind| self.list(kind, &selector))).await {
            for object in list? {
                let user = object.labels().get(labels::USER).and_then(|user| UserId::parse(user).ok());
                found.extend(object.namespace().zip(user));
            }
        }
        let place = |(namespace, user)| Place { namespace, user, project: project.clone() };
        Ok(found.into_iter().map(place).collect())
    }

    /// The metadata of all objects of a kind that a label selector chooses.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn list(
        &self,
        kind: Kind,
        selector: &str,
    ) -> Result<Vec<PartialObjectMeta<DynamicObject>>, Fault> {
        let params = ListParams::default().labels(selector);
        let run = async |client| {
            let api: Api<DynamicObject> = Api::all_with(client, &kind.resource());
            api.list_metadata(&params).await
        };
        Ok(self.connection.call(call(Verb::List, kind, ""), run).await?.items)
    }

    /// Removes all of a project's objects, wherever they are, its data too, and waits until they are gone.
    /// Answers with what was there when it began. What is not ours stays.
    ///
    /// # Errors
    /// [`Fault`]; `volume_failed` (passing) if something does not go.
    pub async fn delete_all(&self, project: &ProjectId) -> Result<Vec<Removed>, Fault> {
        let mut removed = Vec::new();
        for place in self.find(project).await? {
            self.known.forget(&place.namespace);
            removed.extend(self.delete_at(&place).await?);
        }
        Ok(removed)
    }

    async fn delete_at(&self, place: &Place) -> Result<Vec<Removed>, Fault> {
        let names = place.names();
        let at = place.namespace.as_str();
        // What says where the project is goes last, so that a delete that was cut off is found again.
        let first = [(Kind::Secret, names.secret()), (Kind::Ingress, names.ingress())];
        let last = [
            (Kind::Deployment, names.deployment()),
            (Kind::Service, names.service()),
            (Kind::PersistentVolumeClaim, names.claim()),
        ];
        let mut removed = Vec::new();
        for group in [first.as_slice(), last.as_slice()] {
            for done in join_all(group.iter().map(|(kind, name)| self.delete(*kind, at, name))).await {
                removed.extend(done?);
            }
        }
        Ok(removed)
    }

    /// Removes one object of ours and waits until it is gone.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn delete(&self, kind: Kind, namespace: &str, name: &str) -> Result<Option<Removed>, Fault> {
        let Some(live) = self.live(kind, namespace, name).await? else { return Ok(None) };
        if !self.is_ours(&live.meta) {
            tracing::warn!(kind = kind.as_str(), namespace, name, "an object without our label stays");
            return Ok(None);
        }
        let params = DeleteParams {
            // A Deployment goes after its pods; what owns nothing need not wait for the garbage collector.
            propagation_policy: Some(match kind {
                Kind::Deployment => PropagationPolicy::Foreground,
                _ => PropagationPolicy::Background,
            }),
            preconditions: Some(Preconditions { uid: live.meta.uid.clone(), resource_version: None }),
            ..DeleteParams::default()
        };
        let run = async |client| api(client, kind, namespace).delete(name, &params).await;
        match self.connection.call(call(Verb::Delete, kind, namespace), run).await {
            Ok(_) => self.gone(kind, namespace, name, &live).await?,
            // Gone, or another already: that one is found by the next call.
            Err(Fault::NotFound | Fault::Conflict(_)) => {}
            Err(fault) => return Err(fault),
        }
        Ok(Some(Removed { kind: kind.as_str().to_owned(), name: name.to_owned() }))
    }

    /// Waits until an object that was told to go is gone.
    async fn gone(&self, kind: Kind, namespace: &str, name: &str, live: &Live) -> Result<(), Fault> {
        if kind == Kind::Secret || kind == Kind::Ingress {
            return self.gone_at_once(kind, namespace, name, live).await;
        }
        let client = self.connection.client().await.map_err(Fault::Cause)?;
        let uid = live.uid();
        let deleted = await_condition(api(client, kind, namespace), name, is_deleted(&uid));
        match timeout(GONE, deleted).await {
            Ok(Ok(_)) => Ok(()),
            // The watch broke: a look decides.
            Ok(Err(_)) => self.gone_at_once(kind, namespace, name, live).await,
            Err(_) => Err(Fault::Cause(stuck(kind, name, live))),
        }
    }

    /// For what nothing holds back and what is not watched.
    async fn gone_at_once(&self, kind: Kind, namespace: &str, name: &str, live: &Live) -> Result<(), Fault> {
        match self.live(kind, namespace, name).await? {
            Some(still) if still.meta.uid == live.meta.uid => Err(Fault::Cause(stuck(kind, name, &still))),
            _ => Ok(()),
        }
    }
}

fn stuck(kind: Kind, name: &str, live: &Live) -> Cause {
    let held = live.meta.finalizers.clone().unwrap_or_default().join(", ");
    Cause::new(Code::VolumeFailed, format!("The {} {name} does not go away.", kind.as_str()))
        .hint("see what holds it: a pod on a node that does not answer, or a finalizer")
        .detail(format!("finalizers: [{held}]"))
        .passing()
}
