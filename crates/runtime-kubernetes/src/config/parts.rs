use super::Quantity;

/// What one user may use at once.
#[derive(Debug, Clone)]
pub struct Limits {
    /// `limits.cpu` of all running agents together; none: no bound.
    pub cpu: Option<Quantity>,
    /// `limits.memory` of all running agents together; none: no bound.
    pub memory: Option<Quantity>,
    /// `requests.storage` of all projects together; none: no bound.
    pub storage: Option<Quantity>,
    /// Running agents.
    pub pods: u32,
    /// Projects, each with its volume, Service and Secret.
    pub projects: u32,
}
