use super::{Kind, Project, Table};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateTerminated, ContainerStatus, Pod, PodCondition, PodStatus,
};
use std::net::IpAddr;

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodView {
    /// Its own, which a successor of the same name does not have.
    pub uid: Box<str>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`: on its way out, and when it should be gone.
    pub ending: Option<Timestamp>,
    /// `metadata.finalizers`: what must be done by somebody before it may go.
    pub finalizers: Box<[Box<str>]>,
    /// How far it is.
    pub phase: PodPhase,
    /// Such as `Evicted`.
    pub reason: Option<Box<str>>,
    /// In words.
    pub message: Option<Box<str>>,
    /// Its own addresses: none while it has none, and none where it borrows its node's.
    pub addresses: Box<[IpAddr]>,
    /// Its node, once it has one.
    pub node: Option<Box<str>>,
    /// The scheduler's last word.
    pub scheduled: Scheduled,
    /// Its volumes are mounted and its network is made (`PodReadyToStartContainers`).
    pub prepared: bool,
    /// Its node does not answer any more, so the node's controller has taken its `Ready` away; whether anything of it
    /// runs nobody can say.
    pub lost: bool,
    /// Init containers first, in their order.
    pub containers: Vec<Container>,
}

/// `status.phase`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub enum PodPhase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

/// The condition `PodScheduled`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scheduled {
    /// True once a node was found.
    pub done: bool,
    /// Such as `Unschedulable`.
    pub reason: Option<Box<str>>,
    /// Why no node will do.
    pub message: Option<Box<str>>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// A container of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: Box<str>,
    /// One that prepares.
    pub init: bool,
    /// Its image, as asked for.
    pub image: Box<str>,
    /// How often it was started again.
    pub restarts: i32,
    /// What it does now.
    pub status: Status,
    /// How it ended the last time.
    pub last: Option<Ended>,
}

/// What a container does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It has not started, or not again.
    Waiting {
        /// Such as `ContainerCreating`.
        reason: Box<str>,
        /// In words.
        message: Box<str>,
    },
    /// It runs.
    Running,
    /// It has ended.
    Ended(Ended),
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Such as `OOMKilled` or `Error`.
    pub reason: Box<str>,
    /// What it left to say: its last lines.
    pub message: Box<str>,
}

impl PodView {
    /// It will never run again, and nothing of it does.
    pub fn finished(&self) -> bool {
        matches!(self.phase, PodPhase::Succeeded | PodPhase::Failed)
    }

    /// It has ended in its time, its node has said so, and only its finalizers keep it.
    pub fn held(&self, now: Timestamp) -> bool {
        let over = self.ending.is_some_and(|end| end < now);
        // Of a node that is lost somebody else may say that its pods have failed.
        let ended = self.finished() && self.containers.iter().all(|one| one.status != Status::Running);
        over && !self.finalizers.is_empty() && (ended || self.node.is_none())
    }

    /// The containers that do the work.
    pub fn workers(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().filter(|container| !container.init)
    }

    /// How often they were started again.
    pub fn restarts(&self) -> i32 {
        self.workers().map(|one| one.restarts).sum()
    }
}

impl Kind for Pod {
    type View = PodView;
    const RESOURCE: &'static str = "pods";

    fn view(self) -> Option<PodView> {
        let status = self.status.unwrap_or_default();
        let borrows = self.spec.as_ref().is_some_and(|spec| spec.host_network == Some(true));
        let addresses = if borrows { Box::default() } else { addresses(&status) };
        let conditions = status.conditions.unwrap_or_default();
        let condition = |name: &str| conditions.iter().find(|condition| condition.type_ == name);
        let is = |name: &str, wanted: &str| condition(name).is_some_and(|one| one.status == wanted);
        let phase = match status.phase.as_deref() {
            Some("Running") => PodPhase::Running,
            Some("Succeeded") => PodPhase::Succeeded,
            Some("Failed") => PodPhase::Failed,
            Some("Unknown") => PodPhase::Unknown,
            _ => PodPhase::Pending,
        };
        let prepares = status.init_container_statuses.unwrap_or_default();
        let works = status.container_statuses.unwrap_or_default();
        let containers = prepares
            .into_iter()
            .map(|status| container(status, true))
            .chain(works.into_iter().map(|status| container(status, false)));
        Some(PodView {
            uid: self.metadata.uid.unwrap_or_default().into(),
            created: self.metadata.creation_timestamp.map(|time| time.0),
            ending: self.metadata.deletion_timestamp.map(|time| time.0),
            finalizers: self.metadata.finalizers.unwrap_or_default().into_iter().map(Into::into).collect(),
            phase,
            reason: status.reason.map(Into::into),
            message: status.message.map(Into::into),
            addresses,
            node: self.spec.and_then(|spec| spec.node_name).map(Into::into),
            scheduled: condition("PodScheduled").map(scheduled).unwrap_or_default(),
            // The kubelet itself never says that all containers are ready and the pod is not.
            lost: is("ContainersReady", "True") && is("Ready", "False"),
            prepared: is("PodReadyToStartContainers", "True"),
            containers: containers.collect(),
        })
    }

    fn table(project: &mut Project) -> &mut Table<PodView> {
        &mut project.pods
    }
}

/// One of each kind where the cluster has both.
fn addresses(status: &PodStatus) -> Box<[IpAddr]> {
    let all = status.pod_ips.iter().flatten().map(|one| one.ip.as_str()).chain(status.pod_ip.as_deref());
    let mut addresses: Vec<IpAddr> = all.filter_map(|text| text.parse().ok()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.into()
}

fn scheduled(condition: &PodCondition) -> Scheduled {
    Scheduled {
        done: condition.status == "True",
        reason: condition.reason.as_deref().map(Into::into),
        message: condition.message.as_deref().map(Into::into),
        since: condition.last_transition_time.as_ref().map(|time| time.0),
    }
}

fn container(status: ContainerStatus, init: bool) -> Container {
    let now = match status.state {
        Some(ContainerState { running: Some(_), .. }) => Status::Running,
        Some(ContainerState { terminated: Some(end), .. }) => Status::Ended(ended(end)),
        Some(ContainerState { waiting: Some(waiting), .. }) => Status::Waiting {
            reason: waiting.reason.unwrap_or_default().into(),
            message: waiting.message.unwrap_or_default().into(),
        },
        _ => Status::Waiting { reason: "".into(), message: "".into() },
    };
    Container {
        name: status.name.into(),
        init,
        image: status.image.into(),
        restarts: status.restart_count,
        status: now,
        last: status.last_state.and_then(|state| state.terminated).map(ended),
    }
}

fn ended(end: ContainerStateTerminated) -> Ended {
    Ended {
        code: end.exit_code,
        reason: end.reason.unwrap_or_default().into(),
        message: end.message.unwrap_or_default().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn only_what_has_ended_in_its_time_is_held_by_its_finalizers() {
        let pod = json!({
            "metadata": {"finalizers": ["example.com/held"], "deletionTimestamp": "2026-01-01T00:00:05Z"},
            "spec": {"containers": [], "nodeName": "node1"},
            "status": {"phase": "Succeeded", "containerStatuses": [{"name": "agent", "image": "", "imageID": "",
                "ready": false, "restartCount": 0, "state": {"terminated": {"exitCode": 0}}}]}});
        let at = |second: u8| format!("2026-01-01T00:00:{second:02}Z").parse().unwrap();
        let held = |change: &dyn Fn(&mut Value), second| {
            let mut pod = pod.clone();
            change(&mut pod);
            serde_json::from_value::<Pod>(pod).unwrap().view().unwrap().held(at(second))
        };
        assert!(held(&|_| (), 6));
        assert!(!held(&|_| (), 5), "it still has time");
        assert!(!held(&|pod| pod["metadata"]["finalizers"] = json!([]), 6));
        assert!(!held(&|pod| pod["metadata"]["deletionTimestamp"] = Value::Null, 6));
        assert!(!held(&|pod| pod["status"]["phase"] = json!("Running"), 6), "its node has not said so");
        let runs = |pod: &mut Value| pod["status"]["containerStatuses"][0]["state"] = json!({"running": {}});
        assert!(!held(&runs, 6), "said by somebody else than its node");
        let nowhere = |pod: &mut Value| {
            (pod["spec"]["nodeName"], pod["status"]["phase"]) = (Value::Null, json!("Pending"));
        };
        assert!(held(&nowhere, 6), "no node ever had it");
    }
}
