use super::{Kind, Project, Table};
use k8s_openapi::api::core::v1::Service;

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceView {
    /// `spec.type`
    pub kind: Box<str>,
    /// Its first port.
    pub port: i32,
    /// The first address of its load balancer: an IP or a name.
    pub address: Option<Box<str>>,
}

impl Kind for Service {
    type View = ServiceView;
    const RESOURCE: &'static str = "services";

    fn view(self) -> Option<ServiceView> {
        let spec = self.spec.unwrap_or_default();
        let balancer = self.status.and_then(|status| status.load_balancer);
        let address = balancer
            .and_then(|balancer| balancer.ingress)
            .and_then(|ingress| ingress.into_iter().find_map(|one| one.ip.or(one.hostname)));
        Some(ServiceView {
            kind: spec.type_.unwrap_or_else(|| "ClusterIP".into()).into(),
            port: spec.ports.and_then(|ports| ports.first().map(|port| port.port)).unwrap_or_default(),
            address: address.map(Into::into),
        })
    }

    fn table(project: &mut Project) -> &mut Table<ServiceView> {
        &mut project.services
    }
}
