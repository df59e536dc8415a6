use crate::labels;
use kube::core::{ApiResource, GroupVersionKind};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The kinds of objects that we make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub enum Kind {
    Namespace,
    NetworkPolicy,
    ResourceQuota,
    LimitRange,
    ServiceAccount,
    Secret,
    PersistentVolumeClaim,
    Deployment,
    Service,
    Ingress,
}

impl Kind {
    /// Group (empty: core), version, kind, plural.
    const fn parts(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Namespace => ("", "v1", "Namespace", "namespaces"),
            Self::NetworkPolicy => ("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
            Self::ResourceQuota => ("", "v1", "ResourceQuota", "resourcequotas"),
            Self::LimitRange => ("", "v1", "LimitRange", "limitranges"),
            Self::ServiceAccount => ("", "v1", "ServiceAccount", "serviceaccounts"),
            Self::Secret => ("", "v1", "Secret", "secrets"),
            Self::PersistentVolumeClaim => ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
            Self::Deployment => ("apps", "v1", "Deployment", "deployments"),
            Self::Service => ("", "v1", "Service", "services"),
            Self::Ingress => ("networking.k8s.io", "v1", "Ingress", "ingresses"),
        }
    }

    /// Such as `Deployment`.
    pub const fn as_str(self) -> &'static str {
        self.parts().2
    }

    /// RBAC's name, such as `deployments`.
    pub const fn plural(self) -> &'static str {
        self.parts().3
    }

    /// As kube calls it.
    pub fn resource(self) -> ApiResource {
        let (group, version, kind, plural) = self.parts();
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural)
    }
}

/// An object as it is to be: its JSON carries [`labels::HASH`].
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// Its kind.
    pub kind: Kind,
    /// Where; empty: it belongs to no namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Hash of all the rest.
    pub hash: String,
    /// What is applied.
    pub body: Value,
}

impl Rendered {
    /// From one of `k8s_openapi`'s objects (they serialise without fail: plain data with text keys).
    pub(crate) fn new<T: Serialize>(kind: Kind, object: &T) -> Self {
        Self::from_body(kind, serde_json::to_value(object).unwrap_or(Value::Null))
    }

    /// From JSON; what it says about its own hash is replaced.
    pub(crate) fn from_body(kind: Kind, mut body: Value) -> Self {
        if let Some(annotations) = body.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
            annotations.remove(labels::HASH);
        }
        // Whether keys keep an order of their own is decided by what else is built; a hash must not be.
        body.sort_all_objects();
        let text =
            |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        let hash = short_hash(body.to_string().as_bytes());
        if body["metadata"]["annotations"].is_null() {
            body["metadata"]["annotations"] = json!({});
        }
        body["metadata"]["annotations"][labels::HASH] = Value::from(hash.clone());
        body.sort_all_objects();
        Self { kind, namespace, name, hash, body }
    }

    /// Whether a live object is as this one is to be: every field of ours has our value there, whatever else
    /// stands beside.
    pub fn holds(&self, live: &Value) -> bool {
        contains(live, &self.body)
    }
}

/// The first 128 bits of a SHA-256, hex.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn contains(live: &Value, ours: &Value) -> bool {
    match (live, ours) {
        (Value::Object(live), Value::Object(ours)) => ours.iter().all(|(key, value)| match live.get(key) {
            Some(there) => contains(there, value),
            // What is empty is left out by the server.
            None => empty(value),
        }),
        (Value::Array(live), Value::Array(ours)) => {
            live.len() == ours.len() && live.iter().zip(ours).all(|(live, ours)| contains(live, ours))
        }
        (live, ours) => live == ours,
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.values().all(empty),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_object_may_have_more_but_not_other_fields() {
        let body = json!({"metadata": {"name": "a", "labels": {}}, "spec": {"list": [{"a": 1}]}});
        let object = Rendered::from_body(Kind::Service, body);
        let mut live = object.body.clone();
        live["spec"]["list"][0]["defaulted"] = json!(true);
        live["status"] = json!({});
        assert!(object.holds(&live));
        live["spec"]["list"][0]["a"] = json!(2);
        assert!(!object.holds(&live));
        live["spec"]["list"] = json!([{"a": 1}, {"b": 1}]);
        assert!(!object.holds(&live), "a list with one more entry is another list");
    }

    #[test]
    fn the_hash_follows_the_content_alone() {
        let object =
            |n: u8| Rendered::from_body(Kind::Service, json!({"metadata": {"name": "a"}, "spec": n}));
        assert_eq!(object(1).hash, object(1).hash);
        assert_ne!(object(1).hash, object(2).hash);
        assert_eq!(Rendered::from_body(Kind::Service, object(1).body).body["spec"], 1);
    }
}
