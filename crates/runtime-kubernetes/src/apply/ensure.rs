//! Making one object as it should be.

use super::{
    Applier,
    known::Seen,
    write::{Live, known_under},
};
use crate::{
    access::access,
    client::Fault,
    config::AccessMode,
    objects::{Kind, Rendered, grown, held_by},
};
use gaggle_core::port::Cause;
use gaggle_shared::Code;

impl Applier {
    /// Makes an object as it should be: no call if it is known to be so, one read if it is so, else a write.
    ///
    /// With `renew` what is known saves the read but not the write.
    pub(super) async fn ensure(&self, object: &Rendered, renew: bool) -> Result<(), Fault> {
        let known = self.known.get(known_under(object), object.kind, &object.name);
        match known {
            Some(seen) if seen.hash == object.hash && !renew => return Ok(()),
            // A volume's claim is written with a look at what it is.
            Some(seen) if object.kind != Kind::PersistentVolumeClaim => {
                match self.apply(object, &seen.uid).await {
                    Err(Fault::Conflict(_) | Fault::NotFound) => {}
                    done => return done,
                }
            }
            _ => {}
        }
        self.look_at(object).await
    }

    /// Makes an object as it should be, whatever is believed of it.
    pub(super) async fn look_at(&self, object: &Rendered) -> Result<(), Fault> {
        self.settle(object, self.own(object).await?).await
    }

    /// Makes an object as it should be that was just looked at.
    pub(super) async fn settle(&self, object: &Rendered, seen: Option<Live>) -> Result<(), Fault> {
        match seen {
            Some(live) => self.correct(object, &live).await,
            None => self.make(object).await,
        }
    }

    /// Makes an object if there is none; one of ours stays as it is.
    pub(super) async fn ensure_there(&self, object: &Rendered) -> Result<(), Fault> {
        match self.own(object).await? {
            Some(_) => Ok(()),
            None => self.make(object).await,
        }
    }

    /// Makes an object that was not there. One that has come meanwhile is looked at as any other.
    async fn make(&self, object: &Rendered) -> Result<(), Fault> {
        let made = match (object.kind, self.config.volume.mode) {
            (Kind::PersistentVolumeClaim, AccessMode::Auto) => {
                let access = access(&self.connection, self.config.volume.class.as_deref()).await?;
                &held_by(object, access.mode())
            }
            _ => object,
        };
        match self.create(made).await {
            Err(Fault::Conflict(said)) => match self.own(object).await? {
                Some(live) => self.correct(object, &live).await,
                None => Err(Fault::Conflict(said)),
            },
            done => done,
        }
    }

    /// Writes one of ours unless it is right.
    async fn correct(&self, object: &Rendered, live: &Live) -> Result<(), Fault> {
        // A server that was killed in between has left it so.
        self.take_over(object, &live.meta).await?;
        if object.kind == Kind::PersistentVolumeClaim {
            let grown = grown(object, &live.body);
            return self.write(&grown, live, grown.holds(&live.body)).await;
        }
        // Of a Secret's content only the hash is known.
        let right =
            live.hash() == Some(&object.hash) && (object.kind == Kind::Secret || object.holds(&live.body));
        self.write(object, live, right).await
    }

    async fn write(&self, object: &Rendered, live: &Live, right: bool) -> Result<(), Fault> {
        if !right {
            return self.apply(object, &live.uid()).await;
        }
        let seen = Seen { uid: live.uid(), hash: object.hash.clone() };
        self.known.put(known_under(object), object.kind, &object.name, seen);
        Ok(())
    }

    /// The live object, if there is one: it must be ours, and not on its way out.
    pub(super) async fn own(&self, object: &Rendered) -> Result<Option<Live>, Fault> {
        let Some(live) = self.live(object.kind, &object.namespace, &object.name).await? else {
            return Ok(None);
        };
        if !self.is_ours(&live.meta) {
            return Err(Fault::Cause(foreign(object, self.config.instance.as_str())));
        }
        if live.meta.deletion_timestamp.is_some() {
            return Err(Fault::Terminating(terminating(object)));
        }
        Ok(Some(live))
    }
}

fn foreign(object: &Rendered, instance: &str) -> Cause {
    let (kind, name) = (object.kind.as_str(), &object.name);
    if object.kind == Kind::Namespace {
        return Cause::new(
            Code::NamespaceFailed,
            format!("A namespace {name} exists already and does not belong to this Gaggle."),
        )
        .hint(format!(
            "set another KUBE_NAMESPACE_PREFIX, remove the namespace, or hand it over: kubectl label namespace {name} \
             app.kubernetes.io/managed-by=gaggle gaggle/instance={instance}"
        ));
    }
    Cause::new(
        Code::ContainerConfigError,
        format!("A {kind} {name} exists in {} and does not belong to this Gaggle.", object.namespace),
    )
    .hint("remove or rename it")
}

fn terminating(object: &Rendered) -> Cause {
    let code =
        if object.kind == Kind::Namespace { Code::NamespaceFailed } else { Code::ContainerConfigError };
    Cause::new(code, format!("The {} {} is being deleted.", object.kind.as_str(), object.name))
        .hint("it is made anew once it is gone")
        .passing()
}
