//! Where an active project's agent is reached from outside.

use crate::{
    config::{Ingress, KubernetesConfig, ServiceKind},
    names::ProjectNames,
    state::{Project, ServiceView},
};
use gaggle_core::port::Reach;
use gaggle_shared::{Endpoint, EndpointVia};

/// The seed's "No external endpoint found" is this warning.
const PENDING: &str = "endpoint_pending";

/// The agent's node does not answer.
const NODE: &str = "node_not_ready";

/// The best address there is: the Ingress, the load balancer, the cluster's own.
pub(super) fn reach(ingress: Option<&Ingress>, port: u16, names: &ProjectNames, project: &Project) -> Reach {
    if !project.wished() {
        return Reach::default();
    }
    let service = project.services.views().next();
    let balanced = service.and_then(ServiceView::url).filter(|_| ingress.is_none());
    let waits = ingress.is_none() && service.is_some_and(ServiceView::waits);
    let port = service.map_or(i32::from(port), |service| service.port);
    let endpoint = match balanced {
        Some(url) => Endpoint { url, via: EndpointVia::LoadBalancer },
        None => own(ingress, port, names),
    };
    let lost = project.current().map(|(_, pod)| pod).filter(|pod| pod.lost);
    let warnings = waits.then_some(PENDING).into_iter().chain(lost.map(|_| NODE));
    Reach {
        endpoint: Some(endpoint),
        warnings: warnings.map(str::to_owned).collect(),
        trouble: lost.map(|pod| node_lost(pod.node.as_deref().unwrap_or_default())),
    }
}

/// Its pod stays there: two agents at one workspace would be worse than none that answers.
fn node_lost(node: &str) -> String {
    format!(
        "Its node {node} does not answer, so whether the agent runs cannot be seen, and no other is started. Bring the \
         node back; or, once it is surely off, delete it from the cluster or taint it node.kubernetes.io/out-of-service"
    )
}

/// What is known before anything is seen; none: a load balancer has yet to tell its address.
pub(super) fn at_once(config: &KubernetesConfig, names: &ProjectNames) -> Option<Endpoint> {
    let ingress = config.ingress.as_ref();
    let known = ingress.is_some() || config.services.kind != ServiceKind::LoadBalancer;
    known.then(|| own(ingress, config.agent.port.into(), names))
}

/// The Ingress, else what the cluster itself resolves.
fn own(ingress: Option<&Ingress>, port: i32, names: &ProjectNames) -> Endpoint {
    match ingress {
        Some(ingress) => {
            let scheme = if ingress.tls.is_some() { "https" } else { "http" };
            let url = format!("{scheme}://{}", names.host(&ingress.domain));
            Endpoint { url, via: EndpointVia::Ingress }
        }
        None => {
            let url = format!("http://{}.{}.svc:{port}", names.service(), names.namespace());
            Endpoint { url, via: EndpointVia::Cluster }
        }
    }
}

#[cfg(test)]
mod tests;
