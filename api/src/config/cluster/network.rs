use super::{
    ConfigError, Vars,
    text::{cidrs, is_name, name, pairs},
};
use gaggle_runtime_kubernetes::config::{Ingress, IngressTls, Network, Peer, ServiceKind, Services};
use std::collections::BTreeMap;

/// `GAGGLE_SERVICE_*`
pub(super) fn services(vars: &Vars) -> Result<Services, ConfigError> {
    let kind = |text: &str| match text {
        "LoadBalancer" => Some(ServiceKind::LoadBalancer),
        "ClusterIP" => Some(ServiceKind::ClusterIP),
        "NodePort" => Some(ServiceKind::NodePort),
        _ => None,
    };
    Ok(Services {
        kind: vars
            .read("GAGGLE_SERVICE_TYPE", "LoadBalancer, ClusterIP or NodePort", kind)?
            .unwrap_or_default(),
        annotations: pairs(vars, "GAGGLE_SERVICE_ANNOTATIONS")?,
        sources: cidrs(vars, "GAGGLE_SERVICE_SOURCES")?,
    })
}

/// `INGRESS_BASE_DOMAIN` and `GAGGLE_INGRESS_*`
pub(super) fn ingress(vars: &Vars) -> Result<Option<Ingress>, ConfigError> {
    // 46 characters are the project's part: proj-, an id of 40, and a dot.
    let domain = |text: &str| {
        let bare = text.trim_start_matches("*.").trim_end_matches('.');
        (is_name(bare) && bare.len() <= 253 - 46).then(|| bare.to_owned())
    };
    let Some(domain) = vars.read("INGRESS_BASE_DOMAIN", "a domain, such as agents.example.org", domain)?
    else {
        return Ok(None);
    };
    let tls = match (name(vars, "GAGGLE_INGRESS_TLS_SECRET")?, name(vars, "GAGGLE_INGRESS_ISSUER")?) {
        (Some(_), Some(_)) => {
            return Err(
                vars.error("GAGGLE_INGRESS_ISSUER", "set this or GAGGLE_INGRESS_TLS_SECRET, not both")
            );
        }
        (secret, issuer) => secret.map(IngressTls::Secret).or(issuer.map(IngressTls::ClusterIssuer)),
    };
    let controller = name(vars, "GAGGLE_INGRESS_NAMESPACE")?.unwrap_or_else(|| "ingress-nginx".to_owned());
    Ok(Some(Ingress {
        domain,
        class: name(vars, "GAGGLE_INGRESS_CLASS")?,
        annotations: pairs(vars, "GAGGLE_INGRESS_ANNOTATIONS")?,
        tls,
        controller: within(&controller, BTreeMap::new()),
    }))
}

/// `GAGGLE_EGRESS*`, `GAGGLE_POD_*`
pub(super) fn network(vars: &Vars) -> Result<Network, ConfigError> {
    let mut own = pairs(vars, "GAGGLE_POD_LABELS")?;
    if own.is_empty() {
        own.insert("app.kubernetes.io/name".to_owned(), "gaggle".to_owned());
    }
    Ok(Network {
        server: name(vars, "GAGGLE_POD_NAMESPACE")?.map(|namespace| within(&namespace, own)),
        server_cidrs: cidrs(vars, "GAGGLE_SERVER_SOURCES")?,
        dns: within("kube-system", BTreeMap::new()),
        extra_egress: cidrs(vars, "GAGGLE_EGRESS")?,
        blocked: cidrs(vars, "GAGGLE_EGRESS_BLOCKED")?,
    })
}

/// Pods with these labels in one namespace.
fn within(namespace: &str, pods: BTreeMap<String, String>) -> Peer {
    let name = ("kubernetes.io/metadata.name".to_owned(), namespace.to_owned());
    Peer { namespace: BTreeMap::from([name]), pods }
}
