use super::super::extract::Limit;
use gaggle_shared::PermissionId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Only those in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    /// Waits for a person.
    Pending,
    /// Is over.
    Over,
}

/// Which approvals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// `pending`: only those that wait. `over`: those decided lately, the newest first, without a further page.
    /// Absent: all.
    #[param(inline)]
    pub(crate) state: Option<Asked>,
    /// 1 to 200, 50 by default.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    pub(crate) limit: Limit,
    /// `nextCursor` of the page before.
    #[param(value_type = Option<String>)]
    pub(crate) cursor: Option<PermissionId>,
}
