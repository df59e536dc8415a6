use super::{Kind, Project, Table};
use crate::labels::MANAGED_BY_VALUE;
use jiff::Timestamp;
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
    /// Since when it is as it is wished; only of a load balancer.
    pub since: Option<Timestamp>,
}

impl ServiceView {
    /// Where its load balancer is reached, once it has an address.
    pub fn url(&self) -> Option<String> {
        let address = self.address.as_deref()?;
        let host = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        Some(format!("http://{host}:{}", self.port))
    }

    /// Its load balancer has no address yet.
    pub fn waits(&self) -> bool {
        &*self.kind == "LoadBalancer" && self.address.is_none()
    }
}

impl Kind for Service {
    type View = ServiceView;
    const RESOURCE: &'static str = "services";

    fn view(self) -> Option<ServiceView> {
        let spec = self.spec.unwrap_or_default();
        let kind: Box<str> = spec.type_.unwrap_or_else(|| "ClusterIP".into()).into();
        let fields = self.metadata.managed_fields.into_iter().flatten();
        let ours = fields.filter(|one| one.manager.as_deref() == Some(MANAGED_BY_VALUE));
        let since = ours.filter_map(|one| one.time).map(|time| time.0).max();
        let balancer = self.status.and_then(|status| status.load_balancer);
        let address = balancer
            .and_then(|balancer| balancer.ingress)
            .and_then(|ingress| ingress.into_iter().find_map(|one| one.ip.or(one.hostname)));
        Some(ServiceView {
            since: since.filter(|_| *kind == *"LoadBalancer"),
            kind,
            port: spec.ports.and_then(|ports| ports.first().map(|port| port.port)).unwrap_or_default(),
            address: address.map(Into::into),
        })
    }

    fn table(project: &mut Project) -> &mut Table<ServiceView> {
        &mut project.services
    }
}
