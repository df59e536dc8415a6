//! Where an active project's agent is reached from outside.

use crate::{config::Ingress, names::ProjectNames, state::Project};
use gaggle_core::port::Reach;
use gaggle_shared::{Endpoint, EndpointVia};

/// The seed's "No external endpoint found" is this warning.
const PENDING: &str = "endpoint_pending";

/// The best address there is: the Ingress, the load balancer, the cluster's own.
pub(super) fn reach(ingress: Option<&Ingress>, port: u16, names: &ProjectNames, project: &Project) -> Reach {
    if !project.wished() {
        return Reach::default();
    }
    if let Some(ingress) = ingress {
        let scheme = if ingress.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", names.host(&ingress.domain));
        return Reach { endpoint: Some(Endpoint { url, via: EndpointVia::Ingress }), warnings: Vec::new() };
    }
    let service = project.services.views().next();
    let port = service.map_or(i32::from(port), |service| service.port);
    if let Some(address) = service.and_then(|service| service.address.as_deref()) {
        let host = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        let url = format!("http://{host}:{port}");
        return Reach {
            endpoint: Some(Endpoint { url, via: EndpointVia::LoadBalancer }),
            warnings: Vec::new(),
        };
    }
    let url = format!("http://{}.{}.svc:{port}", names.service(), names.namespace());
    let waits = service.is_some_and(|service| &*service.kind == "LoadBalancer");
    Reach {
        endpoint: Some(Endpoint { url, via: EndpointVia::Cluster }),
        warnings: waits.then(|| PENDING.to_owned()).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests;
