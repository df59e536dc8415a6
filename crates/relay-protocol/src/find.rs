use serde::{Deserialize, Serialize};

/// Questions that a server may have open on one link; what goes beyond is not answered.
pub const FINDS: usize = 2;

/// Paths that an answer holds at most.
pub const MOST_PATHS: usize = 200;

/// A question for files of the workspace, asked only of a relay that [finds](crate::Hello::finds).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Find {
    /// Names the question on its link.
    pub question: u64,
    /// What a path must hold, in any case.
    pub wanted: String,
    /// At most so many paths, and never more than [`MOST_PATHS`].
    pub limit: usize,
}

/// Its answer, also where nothing was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// Which question.
    pub question: u64,
    /// From the workspace on, the likeliest first.
    pub paths: Vec<String>,
}
