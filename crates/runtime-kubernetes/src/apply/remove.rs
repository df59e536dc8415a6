//! Removing all of a project.

use super::{
    Applier, Place, all,
    write::{Live, api, call},
};
use crate::{
    client::{Fault, Next, Pages, Verb},
    labels,
    objects::Kind,
};
use futures_util::future::join_all;
use gaggle_core::port::Cause;
use gaggle_shared::{Code, ProjectId, Removed, UserId};
use kube::{
    Resource as _,
    api::{DeleteParams, Preconditions, PropagationPolicy},
    core::{DynamicObject, ObjectMeta, PartialObjectMeta},
    runtime::{
        wait::{Error, await_condition, conditions::is_deleted},
        watcher,
    },
};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;

/// How long an object may take to go; a pod's end and a volume's release are within.
const GONE: Duration = Duration::from_secs(60);

/// The kinds by which a project is found. Secrets are never listed: we leave none alone, for it goes before them.
pub(crate) const FOUND_BY: [Kind; 4] =
    [Kind::PersistentVolumeClaim, Kind::Deployment, Kind::Service, Kind::Ingress];

/// An object that was told to go.
#[derive(Debug)]
pub(super) struct Going {
    kind: Kind,
    name: String,
    live: Live,
}

impl Going {
    pub(super) fn removed(&self) -> Removed {
        Removed { kind: self.kind.as_str().to_owned(), name: self.name.clone() }
    }
}

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
                let user = object.labels.as_ref().and_then(|labels| labels.get(labels::USER));
                let user = user.and_then(|user| UserId::parse(user).ok());
                found.extend(object.namespace.zip(user));
            }
        }
        let place = |(namespace, user)| Place { namespace, user, project: project.clone() };
        Ok(found.into_iter().map(place).collect())
    }

    /// The metadata of all objects of a kind that a label selector chooses, but for who manages which field.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn list(&self, kind: Kind, selector: &str) -> Result<Vec<ObjectMeta>, Fault> {
        let mut all = Vec::new();
        self.visit(kind, selector, |meta| all.push(ObjectMeta { managed_fields: None, ..meta })).await?;
        Ok(all)
    }

    /// The same, one by one: for all projects of an instance.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn visit(
        &self,
        kind: Kind,
        selector: &str,
        mut take: impl FnMut(ObjectMeta),
    ) -> Result<(), Fault> {
        let mut pages = Pages::of_metadata(DynamicObject::url_path(&kind.resource(), None), selector);
        loop {
            let one = |object: PartialObjectMeta<DynamicObject>| take(object.metadata);
            let next = async |client| pages.next(&client, one).await;
            match self.connection.call(call(Verb::List, kind, ""), next).await {
                // A role from before they were looked for: one that is alone is not found then, and nothing else is lost.
                Err(Fault::Cause(cause))
                    if kind == Kind::Ingress && cause.code == Code::ForbiddenByCluster =>
                {
                    return Ok(());
                }
                Ok(Next::Page) => {}
                ended => return ended.map(drop),
            }
        }
    }

    /// Removes all of a project's objects, wherever they are, its data too, and waits until they are gone. What is
    /// not ours stays. Whatever was told to go is in the receipt, also when something else does not. Of an owner's
    /// project also what nothing points to that is listed: a Secret that somebody left alone.
    ///
    /// # Errors
    /// [`Fault`]; `volume_failed` (passing) if something does not go.
    pub async fn delete_all(
        &self,
        project: &ProjectId,
        owner: Option<&UserId>,
        receipt: &mut Vec<Removed>,
    ) -> Result<(), Fault> {
        let mut places = self.find(project).await?;
        let own = owner.map(|user| self.at(user, project));
        if let Some(own) = own.filter(|own| !places.contains(own)) {
            places.push(own);
        }
        for place in places {
            self.known.forget(&place.namespace);
            self.delete_at(&place, receipt).await?;
        }
        Ok(())
    }

    async fn delete_at(&self, place: &Place, receipt: &mut Vec<Removed>) -> Result<(), Fault> {
        let names = place.names();
        let at = place.namespace.as_str();
        // What says where the project is goes last, so that a delete that was cut off is found again.
        let first = [(Kind::Secret, names.secret()), (Kind::Ingress, names.ingress())];
        let last = [
            (Kind::Deployment, names.deployment()),
            (Kind::Service, names.service()),
            (Kind::PersistentVolumeClaim, names.claim()),
        ];
        for group in [first.as_slice(), last.as_slice()] {
            let told = join_all(group.iter().map(|(kind, name)| self.delete(*kind, at, name))).await;
            let going = told.iter().flatten().flatten();
            let fresh: Vec<_> =
                going.clone().map(Going::removed).filter(|one| !receipt.contains(one)).collect();
            receipt.extend(fresh);
            all(join_all(going.map(|going| self.gone(at, going))).await)?;
            told.into_iter().collect::<Result<Vec<_>, _>>()?;
        }
        Ok(())
    }

    /// Tells one object of ours to go.
    pub(super) async fn delete(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Going>, Fault> {
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
            // Gone, or another already: that one is found by the next call.
            Ok(_) | Err(Fault::NotFound | Fault::Conflict(_)) => {}
            Err(fault) => return Err(fault),
        }
        Ok(Some(Going { kind, name: name.to_owned(), live }))
    }

    /// Waits until an object that was told to go is gone.
    pub(super) async fn gone(&self, namespace: &str, going: &Going) -> Result<(), Fault> {
        let Going { kind, name, live } = going;
        if matches!(kind, Kind::Secret | Kind::Ingress) {
            return self.gone_at_once(namespace, going).await;
        }
        let client = self.connection.client().await.map_err(Fault::Cause)?;
        let uid = live.uid();
        let deleted = await_condition(api(client, *kind, namespace), name, is_deleted(&uid));
        match timeout(GONE, deleted).await {
            Ok(Ok(_)) => Ok(()),
            // The watch broke: a look decides.
            Ok(Err(error)) => match (self.gone_at_once(namespace, going).await, refused(&error)) {
                (Err(_), Some(error)) => {
                    let host = self.connection.host().unwrap_or_default();
                    Err(Fault::of(error, call(Verb::Watch, *kind, namespace), &host))
                }
                (looked, _) => looked,
            },
            Err(_) => Err(Fault::Cause(stuck(going, live))),
        }
    }

    /// For what nothing holds back and what is not watched.
    async fn gone_at_once(&self, namespace: &str, going: &Going) -> Result<(), Fault> {
        match self.live(going.kind, namespace, &going.name).await? {
            Some(still) if still.meta.uid == going.live.meta.uid => Err(Fault::Cause(stuck(going, &still))),
            _ => Ok(()),
        }
    }
}

/// The API server's own answer to a watch that it does not allow.
fn refused(error: &Error) -> Option<&kube::Error> {
    let Error::ProbeFailed(
        watcher::Error::InitialListFailed(error) | watcher::Error::WatchStartFailed(error),
    ) = error
    else {
        return None;
    };
    matches!(error, kube::Error::Api(status) if status.code == 403).then_some(error)
}

fn stuck(Going { kind, name, .. }: &Going, live: &Live) -> Cause {
    let held = live.meta.finalizers.clone().unwrap_or_default().join(", ");
    Cause::new(Code::VolumeFailed, format!("The {} {name} does not go away.", kind.as_str()))
        .hint("see what holds it: a pod on a node that does not answer, or a finalizer")
        .detail(format!("finalizers: [{held}]"))
        .passing()
}
