use crate::{InstanceId, RuntimeKind, Time, UserId};
use serde::{Deserialize, Serialize};

/// Where records live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StoreKind {
    /// One file.
    Embedded,
    /// MongoDB.
    Mongodb,
}

/// What keeps projects apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Isolation {
    /// Local processes: they run as you, on this computer.
    None,
    /// The policies in force and whether they were seen to be enforced.
    #[serde(untagged)]
    Policies {
        /// Names of policies.
        policies: Vec<String>,
        /// Whether network policies are enforced: what an agent's relay last found when it tried to reach what
        /// they forbid. Null: no relay has tried yet, or what it saw says nothing.
        #[serde(default)]
        enforced: Option<bool>,
        /// Since when every try has ended so; null as `enforced` is.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
        since: Option<Time>,
    },
}

/// `GET /api/info`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Info {
    /// Of Gaggle.
    pub version: String,
    /// Of this Gaggle with its store.
    pub instance: InstanceId,
    /// Where agents run.
    pub runtime: RuntimeKind,
    /// Where records live.
    pub store: StoreKind,
    /// Goose's provider name; null: the demo model.
    pub provider: Option<String>,
    /// The model's name.
    pub model: Option<String>,
    /// True while the demo model answers.
    pub demo: bool,
    /// What keeps projects apart.
    pub isolation: Isolation,
    /// The host that agents run on, for people.
    pub host: String,
}

/// `GET /api/me`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Caller {
    /// Null: nobody signed in; today that is everybody.
    pub user_id: Option<UserId>,
    /// What people read.
    pub name: String,
    /// Today `["*"]`: anything.
    pub may: Vec<String>,
}
