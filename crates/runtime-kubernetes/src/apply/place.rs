//! What a project's life needs: its objects made, started, put to sleep.

use super::{Applier, Place, all, subject};
use crate::{
    client::Fault,
    objects::{self, Kind, Rendered, Subject},
};
use futures_util::future::join_all;
use gaggle_core::port::{Placement, WorkloadSpec};
use gaggle_shared::{Settings, UserId};

/// How far an activation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The user's namespace and what protects it are there.
    Namespace,
    /// The launch and the volume's claim are there.
    Manifests,
    /// The Deployment wants a pod.
    Scaled,
}

impl Applier {
    /// Makes a sleeping project's objects, the user's before. What is there already stays as it is: a pod
    /// template is written at activation only.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn place(&self, placement: &Placement) -> Result<(), Fault> {
        self.user(&placement.user).await?;
        let objects = objects::sleeping_objects(&self.config, subject(placement));
        self.afresh(&placement.user, &objects, false).await
    }

    /// Makes an active project's objects: of one that was active before, with at most three writes. `reached`
    /// is told of each part that is done. Returns once the Deployment wants its pod.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn activate(&self, spec: &WorkloadSpec, reached: impl Fn(Reached)) -> Result<(), Fault> {
        let subject = Subject { user: &spec.user, project: &spec.project, settings: &spec.settings };
        let launched = objects::launched(&self.config, spec);
        let objects = objects::active_objects(&self.config, subject, &launched);
        let of = |wanted: &[Kind]| -> Vec<Rendered> {
            objects.iter().filter(|object| wanted.contains(&object.kind)).cloned().collect()
        };
        self.user(&spec.user).await?;
        reached(Reached::Namespace);
        // A pod that is made before its Secret is new would start with the old one.
        let before = of(&[Kind::Secret, Kind::PersistentVolumeClaim]);
        self.afresh(&spec.user, &before, true).await?;
        reached(Reached::Manifests);
        self.afresh(&spec.user, &of(&[Kind::Deployment, Kind::Service, Kind::Ingress]), true).await?;
        reached(Reached::Scaled);
        Ok(())
    }

    /// The Deployment wants no pod, the Service no address. What is not there needs nothing.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn scale_down(&self, place: &Place) -> Result<(), Fault> {
        let settings = Settings::default();
        let subject = Subject { user: &place.user, project: &place.project, settings: &settings };
        let mut service = objects::service(&self.config, subject, false);
        if service.namespace != place.namespace {
            // A former prefix's.
            service.body["metadata"]["namespace"] = place.namespace.clone().into();
            service = Rendered::from_body(Kind::Service, service.body);
        }
        let asleep = async {
            match self.own(&service).await? {
                Some(live) if live.hash() == Some(&service.hash) && service.holds(&live.body) => Ok(()),
                Some(live) => self.apply(&service, &live.uid()).await,
                None => Ok(()),
            }
        };
        let (scaled, asleep) = tokio::join!(self.scale(place, 0), asleep);
        scaled.and(match asleep {
            Err(Fault::NotFound | Fault::Terminating(_)) => Ok(()),
            done => done,
        })
    }

    /// So many replicas at most, and nothing else is changed; a Deployment that is not there, or is on its way out,
    /// stays so.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn scale(&self, place: &Place, count: u8) -> Result<(), Fault> {
        let name = place.names().deployment();
        let Some(live) = self.live(Kind::Deployment, &place.namespace, &name).await? else { return Ok(()) };
        let there = live.body.pointer("/spec/replicas").and_then(serde_json::Value::as_u64);
        let few = there.is_some_and(|there| there <= count.into());
        if !self.is_ours(&live.meta) || live.meta.deletion_timestamp.is_some() || few {
            return Ok(());
        }
        match self.replicas(&place.namespace, &name, &live.uid(), count).await {
            Err(Fault::NotFound) => Ok(()),
            done => done,
        }
    }

    /// The user's objects: the namespace, then what protects it. These two are looked at every time, for a pod that
    /// starts without its walls is worse than one that starts a moment later.
    pub(super) async fn user(&self, user: &UserId) -> Result<(), Fault> {
        let objects = objects::user_objects(&self.config, user);
        let [namespace, policy, rest @ ..] = objects.as_slice() else { return Ok(()) };
        let (space, walls) = tokio::join!(self.own(namespace), self.own(policy));
        let space = space?;
        let known = self.known.get(&namespace.name, Kind::Namespace, &namespace.name);
        if known.is_some_and(|known| space.as_ref().is_none_or(|live| live.uid() != known.uid)) {
            tracing::info!(
                namespace = namespace.name,
                "it is not the namespace that it was: all is looked at anew"
            );
            self.known.forget(&namespace.name);
        }
        self.settle(namespace, space).await?;
        let (walls, rest) = tokio::join!(async { self.settle(policy, walls?).await }, self.each(rest, false));
        walls.and(rest)
    }

    /// Makes each of them at once; if the namespace turns out to be gone, makes that anew and tries again.
    async fn afresh(&self, user: &UserId, objects: &[Rendered], active: bool) -> Result<(), Fault> {
        match self.each(objects, active).await {
            Err(Fault::NotFound) => {
                let namespace = objects.first().map(|object| object.namespace.as_str()).unwrap_or_default();
                tracing::info!(namespace, "the namespace is gone: it is made anew");
                self.known.forget(namespace);
                self.user(user).await?;
                self.each(objects, active).await
            }
            done => done,
        }
    }

    /// Makes each of them at once. A sleeping project's Deployment and Service stay as they are if they are there.
    async fn each(&self, objects: &[Rendered], active: bool) -> Result<(), Fault> {
        all(join_all(objects.iter().map(|object| self.one(object, active))).await)
    }

    async fn one(&self, object: &Rendered, active: bool) -> Result<(), Fault> {
        match object.kind {
            Kind::Deployment | Kind::Service if !active => self.ensure_there(object).await,
            // What begins an activation is written by it, also if nothing seems to have changed.
            Kind::Secret | Kind::Deployment => self.ensure(object, active).await,
            // Beside those a look costs no time, and somebody may have deleted them a moment ago.
            _ if active => self.look_at(object).await,
            _ => self.ensure(object, false).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The port's futures must go from thread to thread.
    #[test]
    fn what_is_done_can_be_sent() {
        fn sent(_: impl Send) {}
        let _ = |applier: &Applier, spec: &WorkloadSpec, placement: &Placement, place: &Place| {
            sent(applier.place(placement));
            sent(applier.activate(spec, |_| ()));
            sent(applier.scale_down(place));
            sent(async { applier.delete_all(&place.project, None, &mut Vec::new()).await });
        };
    }
}
