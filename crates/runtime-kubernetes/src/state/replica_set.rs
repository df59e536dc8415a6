use super::{Kind, Project, Table};
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::ReplicaSet;

/// A ReplicaSet that wishes or has pods; the old ones of past activations are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetView {
    /// Its own.
    pub uid: Box<str>,
    /// `spec.replicas`
    pub replicas: i32,
    /// Why it cannot make its pod.
    pub failure: Option<CreateFailure>,
}

/// The condition `ReplicaFailure`: no pod exists that could tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateFailure {
    /// Such as `FailedCreate`.
    pub reason: Box<str>,
    /// What the API server said.
    pub message: Box<str>,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl Kind for ReplicaSet {
    type View = SetView;
    const RESOURCE: &'static str = "replicasets";

    fn view(self) -> Option<SetView> {
        let uid = self.metadata.uid.unwrap_or_default().into();
        let replicas = self.spec.and_then(|spec| spec.replicas).unwrap_or(1);
        let status = self.status.unwrap_or_default();
        if replicas == 0 && status.replicas == 0 {
            return None;
        }
        let failed = status
            .conditions
            .unwrap_or_default()
            .into_iter()
            .find(|condition| condition.type_ == "ReplicaFailure" && condition.status == "True");
        let failure = failed.map(|condition| CreateFailure {
            reason: condition.reason.unwrap_or_default().into(),
            message: condition.message.unwrap_or_default().into(),
            since: condition.last_transition_time.map(|time| time.0),
        });
        Some(SetView { uid, replicas, failure })
    }

    fn table(project: &mut Project) -> &mut Table<SetView> {
        &mut project.sets
    }
}
