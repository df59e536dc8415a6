//! Pure builders: what each object looks like, a file per kind.

mod claim;
mod deployment;
mod ingress;
mod launch;
mod limits;
mod namespace;
mod pod;
mod policy;
mod quota;
mod rendered;
mod secret;
mod service;
mod service_account;
mod yaml;

pub use claim::{claim, grown, held_by};
pub use deployment::{deployment, template_hash};
pub use ingress::ingress;
pub use launch::{Launched, acp_key, launched};
pub use limits::limit_range;
pub use namespace::namespace;
pub use pod::CONTAINER;
pub use policy::{network_policy, shuts_out};
pub use quota::quota;
pub use rendered::{Kind, Rendered};
pub use secret::{launch_secret, pull_secret};
pub use service::service;
pub use service_account::service_account;
pub use yaml::{masked, to_yaml};

use crate::{
    config::KubernetesConfig,
    labels,
    names::{ProjectNames, UserNames},
};
use gaggle_shared::{ProjectId, Settings, UserId};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

/// A project, as the builders need it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The owner.
    pub user: &'a UserId,
    /// Which one.
    pub project: &'a ProjectId,
    /// What it asks for.
    pub settings: &'a Settings,
}

impl Subject<'_> {
    /// What its objects are called.
    pub fn names(&self, config: &KubernetesConfig) -> ProjectNames {
        ProjectNames::new(&config.prefix, self.user, self.project)
    }

    fn labels(&self, config: &KubernetesConfig) -> BTreeMap<String, String> {
        let app = self.names(config).deployment();
        labels::of_project(&config.instance, self.user, self.project, &app)
    }

    /// What pods are selected by: never changes, as a Deployment's selector cannot.
    fn selector(&self, config: &KubernetesConfig) -> BTreeMap<String, String> {
        let pairs =
            [(labels::APP, self.names(config).deployment()), (labels::PROJECT, self.project.to_string())];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn meta(&self, config: &KubernetesConfig, name: String) -> ObjectMeta {
        ObjectMeta {
            name: Some(name),
            namespace: Some(self.names(config).namespace().to_owned()),
            labels: Some(self.labels(config)),
            ..ObjectMeta::default()
        }
    }
}

/// Metadata of a user's object.
fn user_meta(config: &KubernetesConfig, user: &UserId, name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(UserNames::new(&config.prefix, user).namespace().to_owned()),
        labels: Some(labels::of_user(&config.instance, user)),
        ..ObjectMeta::default()
    }
}

/// A user's objects in the order in which they are made: the namespace first, all before the first pod.
pub fn user_objects(config: &KubernetesConfig, user: &UserId) -> Vec<Rendered> {
    let mut objects = vec![
        namespace(config, user),
        network_policy(config, user),
        quota(config, user),
        limit_range(config, user),
        service_account(config, user),
    ];
    objects.extend(pull_secret(config, user));
    objects
}

/// A sleeping project's objects. The Secret comes with the first activation.
pub fn sleeping_objects(config: &KubernetesConfig, subject: Subject<'_>) -> Vec<Rendered> {
    let mut objects =
        vec![claim(config, subject), deployment(config, subject, None), service(config, subject, false)];
    objects.extend(ingress(config, subject));
    objects
}

/// By which an active project is reached from outside.
pub fn outward_objects(config: &KubernetesConfig, subject: Subject<'_>) -> Vec<Rendered> {
    let mut objects = vec![service(config, subject, true)];
    objects.extend(ingress(config, subject));
    objects
}

/// An active project's objects.
pub fn active_objects(config: &KubernetesConfig, subject: Subject<'_>, launched: &Launched) -> Vec<Rendered> {
    let mut objects = vec![
        launch_secret(config, subject, launched),
        claim(config, subject),
        deployment(config, subject, Some(launched)),
    ];
    objects.extend(outward_objects(config, subject));
    objects
}
