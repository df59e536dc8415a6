//! What there is to say of a cluster before and while agents run in it: whether it can be reached, what Gaggle may do
//! there, and what projects will need. Only reads; a right that is missing for a look is said, and no fault.

mod balancer;
mod class;
mod image;
mod rights;

pub use balancer::{Balancer, Ours};

use crate::{
    access::list,
    client::{Call, Connection, Fault, Verb},
    config::{AccessMode, AgentPod, Ingress, PullPolicy, ServiceKind, Services, Volume},
};
use futures_util::{FutureExt as _, future::join_all};
use gaggle_core::port::Cause;
use gaggle_shared::{Code, Finding};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What projects will need of a cluster.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// `ACR_IMAGE`
    pub image: String,
    /// When it is pulled.
    pub pull: PullPolicy,
    /// `GAGGLE_STORAGE_CLASS`; none: the cluster's default.
    pub storage: Option<String>,
    /// `GAGGLE_STORAGE_MODE`
    pub mode: AccessMode,
    /// With `INGRESS_BASE_DOMAIN`: `GAGGLE_INGRESS_CLASS`, or none for the cluster's default.
    pub ingress: Option<Option<String>>,
    /// Active projects wish for load balancers.
    pub balanced: bool,
}

impl Wanted {
    /// Of a configuration.
    pub fn new(agent: &AgentPod, volume: &Volume, services: &Services, ingress: Option<&Ingress>) -> Self {
        Self {
            image: agent.image.clone(),
            pull: agent.pull_policy,
            storage: volume.class.clone(),
            mode: volume.mode,
            ingress: ingress.map(|ingress| ingress.class.clone()),
            balanced: services.kind == ServiceKind::LoadBalancer,
        }
    }
}

/// Looks at all of it, in at most this time; what is not known by then is said to be so. Without `ours` the Services of
/// every Gaggle in the cluster are looked at.
pub async fn examine(
    connection: &Connection,
    wanted: &Wanted,
    ours: Option<Ours>,
    within: Duration,
) -> Vec<Finding> {
    let end = Instant::now() + within;
    let cluster = timeout_at(end, cluster(connection)).await.unwrap_or_else(|_| {
        let found = format!("{} does not answer within {} s", host(connection), within.as_secs());
        Err(Finding::bad("cluster", found, "check the address, and the way there"))
    });
    let mut findings = match cluster {
        Ok(found) => vec![found],
        // Of a cluster that cannot be reached nothing else can be said.
        Err(found) => return vec![found],
    };
    let mut looks = vec![
        (rights::ABOUT, rights::rights(connection).boxed()),
        (image::ABOUT, image::image(connection, wanted).boxed()),
        (class::STORAGE, class::storage(connection, wanted.storage.as_deref(), wanted.mode).boxed()),
    ];
    if let Some(class) = &wanted.ingress {
        looks.push((class::INGRESS, class::ingress(connection, class.as_deref()).boxed()));
    }
    if wanted.balanced {
        looks.push((balancer::ABOUT, balancer::balancers(connection, ours).boxed()));
    }
    let looks = looks.into_iter().map(async |(about, look)| {
        let late = |_| Finding::note(about, "not known: the cluster has not answered in time", "");
        timeout_at(end, look).await.unwrap_or_else(late)
    });
    findings.extend(join_all(looks).await);
    findings
}

/// Whether the API server answers, and which it is.
async fn cluster(connection: &Connection) -> Result<Finding, Finding> {
    let call = Call { verb: Verb::Get, resource: "version", namespace: "" };
    match connection.call(call, async |client| client.apiserver_version().await).await {
        Ok(version) => {
            Ok(Finding::good("cluster", format!("{} answers: {}", host(connection), version.git_version)))
        }
        Err(fault) => {
            let cause = Cause::from(fault);
            let hint =
                cause.hint.clone().unwrap_or_else(|| "check the address, and the way there".to_owned());
            Err(Finding::bad("cluster", said(&cause), hint))
        }
    }
}

fn host(connection: &Connection) -> String {
    connection.host().unwrap_or_else(|| "the API server".to_owned())
}

/// A cause in one sentence.
fn said(cause: &Cause) -> String {
    match &cause.detail {
        Some(detail) => format!("{} {detail}", cause.message),
        None => cause.message.clone(),
    }
}

/// What could not be looked at, and why.
fn unknown(about: &str, what: &str, group: &str, resource: &str, fault: Fault) -> Finding {
    let cause = Cause::from(fault);
    if cause.code == Code::ForbiddenByCluster {
        let found = format!("{what} is not known: verb list on {resource} is missing");
        return Finding::note(about, found, rights::line(&[(group, resource, vec!["list"])]));
    }
    Finding::note(about, format!("{what} is not known: {}", said(&cause)), "")
}
