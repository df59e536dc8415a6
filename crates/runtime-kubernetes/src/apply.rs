//! Server-side apply of what [`crate::objects`] builds, and its removal. What is written is only what is not as it
//! should be; what does not carry our instance's label is never adopted, changed or deleted.

mod ensure;
mod known;
mod place;
mod remove;
mod strays;
mod tend;
mod write;

pub use place::Reached;
pub(crate) use remove::FOUND_BY;
pub(crate) use strays::Stray;
pub(crate) use write::{api, call};

use crate::{
    client::{Connection, Fault},
    config::KubernetesConfig,
    labels,
    names::ProjectNames,
    objects::{self, Subject},
};
use gaggle_core::port::Placement;
use gaggle_shared::{ProjectId, UserId};
use known::Known;
use kube::core::ObjectMeta;
use std::sync::Arc;

/// Keeps our objects in the cluster as they should be.
#[derive(Debug, Clone)]
pub struct Applier {
    connection: Connection,
    config: Arc<KubernetesConfig>,
    known: Arc<Known>,
}

/// Where a project's objects are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The namespace: not always the one that today's prefix gives.
    pub namespace: String,
    /// The owner.
    pub user: UserId,
    /// Which project.
    pub project: ProjectId,
}

impl Place {
    /// What its objects are called.
    pub fn names(&self) -> ProjectNames {
        ProjectNames::within(self.namespace.clone(), &self.project)
    }
}

impl Applier {
    /// Through this connection, as configured.
    pub fn new(connection: Connection, config: Arc<KubernetesConfig>) -> Self {
        Self { connection, config, known: Arc::default() }
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The configuration.
    pub fn config(&self) -> &KubernetesConfig {
        &self.config
    }

    /// Where a project is, or would be made.
    pub fn at(&self, user: &UserId, project: &ProjectId) -> Place {
        let names = ProjectNames::new(&self.config.prefix, user, project);
        Place { namespace: names.namespace().to_owned(), user: user.clone(), project: project.clone() }
    }

    /// What [`labels::TEMPLATE`] would be today: another one at a running Deployment means that it is outdated.
    pub fn template_hash(&self, placement: &Placement) -> String {
        objects::template_hash(&self.config, subject(placement))
    }

    /// Whether an object carries our instance's label.
    pub fn is_ours(&self, meta: &ObjectMeta) -> bool {
        let label = |name: &str| meta.labels.as_ref().and_then(|labels| labels.get(name)).map(String::as_str);
        label(labels::INSTANCE) == Some(self.config.instance.as_str())
            && label(labels::MANAGED_BY) == Some(labels::MANAGED_BY_VALUE)
    }
}

fn subject(placement: &Placement) -> Subject<'_> {
    Subject { user: &placement.user, project: &placement.project, settings: &placement.settings }
}

/// The first fault, if there is one.
fn all(results: Vec<Result<(), Fault>>) -> Result<(), Fault> {
    results.into_iter().collect()
}
