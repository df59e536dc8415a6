use super::{Kind, Launched, Rendered, Subject, pod::pod, rendered::short_hash};
use crate::{config::KubernetesConfig, labels};
use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy},
        core::v1::{EnvVar, PodTemplateSpec},
    },
    apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta},
};
use std::collections::BTreeMap;

/// The project's Deployment: with a launch one pod, without none.
pub fn deployment(config: &KubernetesConfig, subject: Subject<'_>, launched: Option<&Launched>) -> Rendered {
    let mut template = template(config, subject);
    let mut metadata = subject.meta(config, subject.names(config).deployment());
    let hash = hash_of(&template);
    metadata.annotations = Some(BTreeMap::from([(labels::TEMPLATE.to_owned(), hash)]));
    if let (Some(launched), Some(meta)) = (launched, &mut template.metadata) {
        let annotations = meta.annotations.get_or_insert_default();
        annotations.insert(labels::LAUNCH.to_owned(), launched.hash().to_owned());
        if let Some(agent) = template.spec.as_mut().and_then(|spec| spec.containers.first_mut()) {
            agent.env.get_or_insert_default().push(own_launch(launched));
        }
    }
    let spec = DeploymentSpec {
        replicas: Some(launched.is_some().into()),
        // Every activation has a template of its own; nobody goes back to an old one.
        revision_history_limit: Some(0),
        selector: LabelSelector { match_labels: Some(subject.selector(config)), match_expressions: None },
        // Never two pods at one volume.
        strategy: Some(DeploymentStrategy { type_: Some("Recreate".to_owned()), rolling_update: None }),
        template,
        ..DeploymentSpec::default()
    };
    Rendered::new(Kind::Deployment, &Deployment { metadata, spec: Some(spec), ..Deployment::default() })
}

/// By this the relay knows the launch that is its pod's own: a container that starts once more in a pod on its way out
/// finds the next activation's in its volume, and must not use it.
fn own_launch(launched: &Launched) -> EnvVar {
    EnvVar { name: "GAGGLE_LAUNCH".to_owned(), value: Some(launched.hash().to_owned()), value_from: None }
}

/// Hash of the pod template as it would be made today, whatever the launch: a running Deployment whose
/// annotation [`labels::TEMPLATE`] is another is outdated.
pub fn template_hash(config: &KubernetesConfig, subject: Subject<'_>) -> String {
    hash_of(&template(config, subject))
}

fn hash_of(template: &PodTemplateSpec) -> String {
    short_hash(serde_json::to_string(template).unwrap_or_default().as_bytes())
}

fn template(config: &KubernetesConfig, subject: Subject<'_>) -> PodTemplateSpec {
    // An agent at work is not moved to save a node; asleep it holds none.
    let evict = ("cluster-autoscaler.kubernetes.io/safe-to-evict".to_owned(), "false".to_owned());
    PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(subject.labels(config)),
            annotations: Some(BTreeMap::from([evict])),
            ..ObjectMeta::default()
        }),
        spec: Some(pod(config, subject)),
    }
}
