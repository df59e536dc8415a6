use async_trait::async_trait;
use gaggle_shared::{ProjectId, Settings, UserId};
use std::{collections::BTreeMap, fmt};
use thiserror::Error;

/// Which model an agent talks to and how: for one activation of one project.
#[derive(Clone, PartialEq, Eq)]
pub struct ModelGrant {
    /// Variables for the agent, such as `GOOSE_PROVIDER`, `GOOSE_MODEL` and the provider's own.
    pub env: BTreeMap<String, String>,
    /// True: the relay's demo model answers and `env` names no provider.
    pub demo: bool,
}

impl fmt::Debug for ModelGrant {
    /// Leaves out the values: some are keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.keys().collect();
        f.debug_struct("ModelGrant").field("env", &names).field("demo", &self.demo).finish()
    }
}

/// Why there is no model for an agent.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The project asks for a provider whose key the server has not.
    #[error("{provider} is not set up: {hint}")]
    NotConfigured {
        /// The provider.
        provider: String,
        /// What to do.
        hint: String,
    },
}

/// Grants agents access to a model; the only way by which a key reaches an agent.
#[async_trait]
pub trait ModelAccess: Send + Sync + fmt::Debug {
    /// A grant for one activation.
    ///
    /// # Errors
    /// When the provider that the settings name is not set up.
    async fn grant(
        &self,
        user: &UserId,
        project: &ProjectId,
        settings: &Settings,
    ) -> Result<ModelGrant, ModelError>;
}
