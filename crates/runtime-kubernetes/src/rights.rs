//! What Gaggle does in the cluster, and so what its role must allow: `deploy/kubernetes/base/role.yaml` says the same,
//! which a test holds.

/// Verbs on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// Empty: core.
    pub group: &'static str,
    /// Plural, perhaps with a subresource.
    pub resource: &'static str,
    /// RBAC's words.
    pub verbs: &'static [&'static str],
}

const fn right(group: &'static str, resource: &'static str, verbs: &'static [&'static str]) -> Right {
    Right { group, resource, verbs }
}

/// What is made once for a user, and kept (server-side apply needs `create` and `patch`).
const KEEP: &[&str] = &["create", "get", "patch"];
/// What is watched too.
const OWN: &[&str] = &["create", "delete", "get", "list", "patch", "watch"];

/// All rights, sorted by group and resource.
pub const RIGHTS: &[Right] = &[
    right("", "events", &["list", "watch"]),
    right("", "limitranges", KEEP),
    right("", "namespaces", KEEP),
    right("", "persistentvolumeclaims", OWN),
    right("", "pods", &["delete", "list", "watch"]),
    right("", "pods/log", &["get"]),
    // Over a WebSocket: `get`, and `create` where the API server asks for it too. Only used where pods cannot call.
    right("", "pods/portforward", &["create", "get"]),
    right("", "resourcequotas", KEEP),
    // Never listed or watched; of one that is there only the metadata is read.
    right("", "secrets", &["create", "delete", "get", "patch"]),
    right("", "serviceaccounts", KEEP),
    right("", "services", OWN),
    right("apps", "deployments", OWN),
    right("apps", "replicasets", &["delete", "list", "watch"]),
    right("networking.k8s.io", "ingresses", &["create", "delete", "get", "list", "patch"]),
    right("networking.k8s.io", "networkpolicies", KEEP),
];

/// What is only looked at, for `gaggle doctor` and for what a new volume's claim may ask for: without these doctor says
/// less, new claims ask for `ReadWriteOnce`, and nothing else is lost.
pub const LOOKS: &[Right] = &[
    right("", "nodes", &["list"]),
    right("networking.k8s.io", "ingressclasses", &["list"]),
    right("storage.k8s.io", "csidrivers", &["list"]),
    right("storage.k8s.io", "storageclasses", &["list"]),
];
