use super::{Kind, Rendered, Subject};
use crate::config::{KubernetesConfig, ServiceKind};
use k8s_openapi::{
    api::core::v1::{Service, ServicePort, ServiceSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};

/// The project's Service. A sleeping project has no address to pay for.
pub fn service(config: &KubernetesConfig, subject: Subject<'_>, active: bool) -> Rendered {
    let services = &config.services;
    let (kind, outside) = match services.kind {
        _ if !active => ("ClusterIP", false),
        ServiceKind::ClusterIP => ("ClusterIP", false),
        ServiceKind::NodePort => ("NodePort", true),
        ServiceKind::LoadBalancer => ("LoadBalancer", true),
    };
    let mut metadata = subject.meta(config, subject.names(config).service());
    if active && !services.annotations.is_empty() {
        metadata.annotations = Some(services.annotations.clone());
    }
    let port = ServicePort {
        name: Some("acp".to_owned()),
        port: config.agent.port.into(),
        target_port: Some(IntOrString::String("acp".to_owned())),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    };
    let sources = (kind == "LoadBalancer" && !services.sources.is_empty()).then(|| services.sources.clone());
    let spec = ServiceSpec {
        type_: Some(kind.to_owned()),
        selector: Some(subject.selector(config)),
        ports: Some(vec![port]),
        // Keeps the caller's address, by which the NetworkPolicy tells who it is.
        external_traffic_policy: outside.then(|| "Local".to_owned()),
        load_balancer_source_ranges: sources,
        ..ServiceSpec::default()
    };
    Rendered::new(Kind::Service, &Service { metadata, spec: Some(spec), ..Service::default() })
}
