use crate::{ProjectId, Time};
use serde::{Deserialize, Serialize};

/// What carries this Gaggle's label though no record knows it, of one project that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Orphan {
    /// Of which project, as its label or folder says.
    pub project_id: ProjectId,
    /// Why it is nobody's.
    pub reason: OrphanReason,
    /// What there is.
    pub objects: Vec<OrphanObject>,
    /// Since when it has been known; null: it was not there when orphans were looked for last.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub reported_since: Option<Time>,
    /// When its data goes: a day after it was first reported. Null: at once (a deleted project's), not known yet, or
    /// never by itself.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub data_removed_at: Option<Time>,
    /// Whether the server removes it by itself (`GAGGLE_ORPHANS=remove`); false: it is only reported.
    pub removes: bool,
}

/// Why something is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum OrphanReason {
    /// The store has no record of the project.
    Unknown,
    /// The project was deleted in the last day, and this was found after it.
    Deleted,
}

/// One thing that is nobody's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrphanObject {
    /// Such as `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where; null: it is in no namespace.
    pub namespace: Option<String>,
    /// Whether it holds data, which is kept for a day.
    pub data: bool,
}
