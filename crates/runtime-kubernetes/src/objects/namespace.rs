use super::{Kind, Rendered};
use crate::{config::KubernetesConfig, labels, names::UserNames};
use gaggle_shared::UserId;
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::ObjectMeta};

/// The user's namespace: Pod Security lets only restricted pods in.
pub fn namespace(config: &KubernetesConfig, user: &UserId) -> Rendered {
    let mut labels = labels::of_user(&config.instance, user);
    labels.insert("pod-security.kubernetes.io/enforce".into(), "restricted".into());
    labels.insert("pod-security.kubernetes.io/enforce-version".into(), "latest".into());
    let metadata = ObjectMeta {
        name: Some(UserNames::new(&config.prefix, user).namespace().to_owned()),
        labels: Some(labels),
        ..ObjectMeta::default()
    };
    Rendered::new(Kind::Namespace, &Namespace { metadata, ..Namespace::default() })
}
