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
    /// Hash of the pod template, by which drift is seen ([`labels::TEMPLATE`]).
    pub template: Option<Box<str>>,
}

impl Kind for Deployment {
    type View = DeploymentView;
    const RESOURCE: &'static str = "deployments";

    fn view(self) -> Option<DeploymentView> {
        let meta = self.metadata;
        let template = meta.annotations.as_ref().and_then(|known| known.get(labels::TEMPLATE));
        Some(DeploymentView {
            replicas: self.spec.and_then(|spec| spec.replicas).unwrap_or(1),
            ending: meta.deletion_timestamp.is_some(),
            template: template.map(|hash| hash.as_str().into()),
        })
    }

    fn table(project: &mut Project) -> &mut Table<DeploymentView> {
        &mut project.deployments
    }
}
