//! Server-side apply of what [`crate::objects`] builds, and its removal.

use crate::{
    client::{Connection, Fault},
    config::KubernetesConfig,
};
use gaggle_core::port::{Placement, WorkloadSpec};
use gaggle_shared::{ProjectId, Removed};
use kube::core::DynamicObject;
use std::sync::Arc;

/// Keeps our objects in the cluster as they should be.
#[derive(Debug, Clone)]
pub struct Applier {
    connection: Connection,
    config: Arc<KubernetesConfig>,
}

impl Applier {
    /// Through this connection, as configured.
    pub fn new(connection: Connection, config: Arc<KubernetesConfig>) -> Self {
        Self { connection, config }
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The configuration.
    pub fn config(&self) -> &KubernetesConfig {
        &self.config
    }
}
#[expect(unused, missing_docs, clippy::unused_async, reason = "skeleton, filled in next")]
impl Applier {
    pub async fn place(&self, placement: &Placement) -> Result<(), Fault> {
        Err(Fault::NotFound)
    }
    pub async fn activate(&self, spec: &WorkloadSpec) -> Result<(), Fault> {
        Err(Fault::NotFound)
    }
    pub async fn scale_down(&self, project: &ProjectId) -> Result<(), Fault> {
        Err(Fault::NotFound)
    }
    pub async fn delete_all(&self, project: &ProjectId) -> Result<Vec<Removed>, Fault> {
        Err(Fault::NotFound)
    }
    pub fn render(&self, spec: &WorkloadSpec) -> Vec<DynamicObject> {
        Vec::new()
    }
}
