//! The test cluster as the holder of a token sees it.

use crate::world::variable;
use gaggle_runtime_kubernetes::{Connection, Credentials, client::Secret};
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use kube::{Api, api::PostParams};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// The test cluster, with another token.
pub(crate) fn with_token(token: &str) -> Credentials {
    let text = std::fs::read_to_string(variable("GAGGLE_TEST_KUBECONFIG")).unwrap();
    let config: kube::config::Kubeconfig = kube::config::Kubeconfig::from_yaml(&text).unwrap();
    let cluster = config.clusters.into_iter().next().unwrap().cluster.unwrap();
    let ca = cluster
        .certificate_authority_data
        .or_else(|| cluster.certificate_authority.map(|path| std::fs::read_to_string(path).unwrap()));
    let ca = ca.map(|text| Credentials::authority(&text).unwrap());
    Credentials::Token { host: cluster.server.unwrap(), token: Secret::new(token), ca }
}

/// Waits until the API server goes by an account's binding: both of these are never taken at once.
pub(crate) async fn settled(token: &str) {
    let client = Connection::new(with_token(token)).client().await.unwrap();
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client);
    let may = async |resource: &str| {
        let attributes = json!({"verb": "get", "resource": resource});
        let asked = json!({"spec": {"resourceAttributes": attributes}});
        let asked: SelfSubjectAccessReview = serde_json::from_value(asked).unwrap();
        let told = reviews.create(&PostParams::default(), &asked).await;
        told.is_ok_and(|told| told.status.is_some_and(|status| status.allowed))
    };
    let settled = async { while !(may("namespaces").await || may("secrets").await) {} };
    timeout(Duration::from_secs(20), settled).await.expect("the binding is not heeded");
}
