use super::{Kind, Project, Table};
use crate::labels;
use k8s_openapi::api::apps::v1::Deployment;

/// A Deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentView {
    /// `spec.replicas`: more than none is a wish to run.
    pub replicas: i32,
    /// On its way out.
    pub ending: bool,
    /// The owner, by its label.
    pub user: Option<Box<str>>,
    /// Hash of the pod template, by which drift is seen ([`labels::TEMPLATE`]).
    pub template: Option<Box<str>>,
}

impl Kind for Deployment {
    type View = DeploymentView;
    const RESOURCE: &'static str = "deployments";

    fn view(self) -> Option<DeploymentView> {
        let meta = self.metadata;
        let of = |map: &Option<std::collections::BTreeMap<String, String>>, key: &str| {
            map.as_ref().and_then(|map| map.get(key)).map(|value| value.as_str().into())
        };
        Some(DeploymentView {
            replicas: self.spec.and_then(|spec| spec.replicas).unwrap_or(1),
            ending: meta.deletion_timestamp.is_some(),
            user: of(&meta.labels, labels::USER),
            template: of(&meta.annotations, labels::TEMPLATE),
        })
    }

    fn table(project: &mut Project) -> &mut Table<DeploymentView> {
        &mut project.deployments
    }
}
