//! Who a server of the tests is in the cluster: a service account with the role of `deploy/kubernetes`, and nothing
//! more. Also the tests of the server use this file.

use k8s_openapi::api::{
    authentication::v1::TokenRequest,
    core::v1::{Namespace, ServiceAccount},
    rbac::v1::{ClusterRole, ClusterRoleBinding},
};
use kube::{
    Api, Client, Resource,
    api::{Patch, PatchParams, PostParams},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::fmt::Debug;

/// Two hours in seconds: longer than any run of tests.
const LASTS: u32 = 7200;

/// The token of the account of this name, in a namespace of its own. Made unless it is there, with the role as it is
/// now.
pub(crate) async fn account(admin: &Client, name: &str) -> String {
    let meta = json!({"name": name});
    apply::<Namespace>(&Api::all(admin.clone()), name, json!({"metadata": meta})).await;
    let accounts: Api<ServiceAccount> = Api::namespaced(admin.clone(), name);
    apply(&accounts, name, json!({"metadata": meta})).await;
    let role = ClusterRole { metadata: serde_json::from_value(meta.clone()).unwrap(), ..role() };
    apply::<ClusterRole>(&Api::all(admin.clone()), name, serde_json::to_value(role).unwrap()).await;
    let binding = json!({"metadata": meta,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": name}]});
    apply::<ClusterRoleBinding>(&Api::all(admin.clone()), name, binding).await;
    let asked: TokenRequest =
        serde_json::from_value(json!({"spec": {"audiences": [], "expirationSeconds": LASTS}})).unwrap();
    accounts.create_token_request(name, &PostParams::default(), &asked).await.unwrap().status.unwrap().token
}

async fn apply<K>(all: &Api<K>, name: &str, mut what: Value)
where
    K: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone + Debug,
{
    what["apiVersion"] = K::api_version(&()).into();
    what["kind"] = K::kind(&()).into();
    all.patch(name, &PatchParams::apply("gaggle-tests").force(), &Patch::Apply(what)).await.unwrap();
}

/// The rights that people are told to give.
fn role() -> ClusterRole {
    let text = include_str!("../../../../deploy/kubernetes/base/role.yaml");
    let role = text.split("\n---").find(|part| part.contains("kind: ClusterRole\n"));
    serde_saphyr::from_str(role.expect("a ClusterRole")).unwrap()
}
