//! Single calls of a kind of object: read, apply, patch.

use super::{Applier, known::Seen};
use crate::{
    client::{Call, Fault, Verb},
    labels,
    objects::{Kind, Rendered},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use kube::{
    Api, Client,
    api::{Patch, PatchParams, PostParams},
    core::{DynamicObject, ObjectMeta},
};
use serde_json::{Value, json};

/// Who has made an object, until its fields are those of an apply.
const MAKER: &str = "gaggle-maker";

/// The operation of a server-side apply, as managed fields say it.
const APPLY: &str = "Apply";

/// An object as it is in the cluster. Of a Secret only the metadata is ever read.
#[derive(Debug)]
pub(super) struct Live {
    pub meta: ObjectMeta,
    pub body: Value,
}

impl Live {
    pub(super) fn uid(&self) -> String {
        self.meta.uid.clone().unwrap_or_default()
    }

    pub(super) fn hash(&self) -> Option<&str> {
        self.meta.annotations.as_ref()?.get(labels::HASH).map(String::as_str)
    }
}

pub(crate) fn api(client: Client, kind: Kind, namespace: &str) -> Api<DynamicObject> {
    match kind {
        Kind::Namespace => Api::all_with(client, &kind.resource()),
        _ => Api::namespaced_with(client, namespace, &kind.resource()),
    }
}

pub(crate) fn call(verb: Verb, kind: Kind, namespace: &str) -> Call<'_> {
    Call { verb, resource: kind.plural(), namespace }
}

impl Applier {
    /// A live read; none: there is no such object.
    pub(super) async fn live(&self, kind: Kind, namespace: &str, name: &str) -> Result<Option<Live>, Fault> {
        let call = call(Verb::Get, kind, namespace);
        let read = self.connection.call(call, async |client| {
            let api = api(client, kind, namespace);
            if kind == Kind::Secret {
                let found = api.get_metadata(name).await?;
                return Ok(Live { meta: found.metadata, body: Value::Null });
            }
            let found = api.get(name).await?;
            let body = serde_json::to_value(&found).map_err(kube::Error::SerdeError)?;
            Ok(Live { meta: found.metadata, body })
        });
        match read.await {
            Ok(live) => Ok(Some(live)),
            Err(Fault::NotFound) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Makes an object that is not there: [`Fault::Conflict`] if one of that name is, whosever it is. Server-side
    /// apply would take that one over.
    pub(super) async fn create(&self, object: &Rendered) -> Result<(), Fault> {
        let params = PostParams { field_manager: Some(MAKER.to_owned()), ..PostParams::default() };
        let call = call(Verb::Create, object.kind, &object.namespace);
        let made = self.connection.call(call, async |client| {
            let body: DynamicObject =
                serde_json::from_value(object.body.clone()).map_err(kube::Error::SerdeError)?;
            api(client, object.kind, &object.namespace).create(&params, &body).await
        });
        let meta = made.await?.metadata;
        self.take_over(object, &meta).await?;
        let seen = Seen { uid: meta.uid.unwrap_or_default(), hash: object.hash.clone() };
        self.known.put(known_under(object), object.kind, &object.name, seen);
        Ok(())
    }

    /// Makes the fields of an object that we have made those of an apply, unless they are: else what a later apply
    /// leaves out would stay.
    pub(super) async fn take_over(&self, object: &Rendered, meta: &ObjectMeta) -> Result<(), Fault> {
        let mut fields = meta.managed_fields.clone().unwrap_or_default();
        let is = |entry: &ManagedFieldsEntry, manager: &str, operation: &str| {
            entry.manager.as_deref() == Some(manager) && entry.operation.as_deref() == Some(operation)
        };
        let applied = fields.iter().any(|entry| is(entry, labels::MANAGED_BY_VALUE, APPLY));
        let Some(made) = fields.iter_mut().find(|entry| !applied && is(entry, MAKER, "Update")) else {
            return Ok(());
        };
        made.manager = Some(labels::MANAGED_BY_VALUE.to_owned());
        made.operation = Some(APPLY.to_owned());
        let patch = Patch::Merge(json!({"metadata": {"uid": meta.uid, "managedFields": fields}}));
        let call = call(Verb::Patch, object.kind, &object.namespace);
        let written = self.connection.call(call, async |client| {
            let api = api(client, object.kind, &object.namespace);
            api.patch_metadata(&object.name, &PatchParams::default(), &patch).await
        });
        written.await.map(drop)
    }

    /// Server-side apply with our field manager. It is the object of this `uid` or none: another of the same name
    /// is a [`Fault::Conflict`].
    pub(super) async fn apply(&self, object: &Rendered, uid: &str) -> Result<(), Fault> {
        let mut body = object.body.clone();
        body["metadata"]["uid"] = Value::from(uid);
        let params = PatchParams::apply(labels::MANAGED_BY_VALUE).force();
        let call = call(Verb::Patch, object.kind, &object.namespace);
        let patch = Patch::Apply(body);
        let written = self.connection.call(call, async |client| {
            let api = api(client, object.kind, &object.namespace);
            api.patch_metadata(&object.name, &params, &patch).await
        });
        let written = written.await.inspect_err(|fault| self.doubt(known_under(object), fault))?;
        let uid = written.metadata.uid.unwrap_or_default();
        let seen = Seen { uid, hash: object.hash.clone() };
        self.known.put(known_under(object), object.kind, &object.name, seen);
        Ok(())
    }

    /// Sets the replicas of a Deployment of ours and nothing else.
    pub(super) async fn replicas(
        &self,
        namespace: &str,
        name: &str,
        uid: &str,
        count: u8,
    ) -> Result<(), Fault> {
        // What stands there then is no longer what was rendered.
        self.known.forget_one(namespace, Kind::Deployment, name);
        let patch = Patch::Merge(json!({
            "metadata": {"uid": uid, "annotations": {labels::HASH: null}},
            "spec": {"replicas": count},
        }));
        let params =
            PatchParams { field_manager: Some(labels::MANAGED_BY_VALUE.into()), ..PatchParams::default() };
        let call = call(Verb::Patch, Kind::Deployment, namespace);
        let written = self.connection.call(call, async |client| {
            api(client, Kind::Deployment, namespace).patch_metadata(name, &params, &patch).await
        });
        written.await.map(drop).inspect_err(|fault| self.doubt(namespace, fault))
    }

    /// Somebody else was there: nothing of the namespace is believed any more.
    fn doubt(&self, namespace: &str, fault: &Fault) {
        if matches!(fault, Fault::Conflict(_) | Fault::NotFound) {
            self.known.forget(namespace);
        }
    }
}

/// A namespace is known under its own name.
pub(super) fn known_under(object: &Rendered) -> &str {
    if object.namespace.is_empty() { &object.name } else { &object.namespace }
}
