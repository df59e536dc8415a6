use serde::{Deserialize, Serialize};

/// One page of a list: `{"items": [...], "nextCursor": null}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct List<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Give this as `?cursor=` for the next page; null on the last.
    pub next_cursor: Option<String>,
}
