use serde::{Deserialize, Serialize};

/// What the agent offers in a session, as it said when it last opened it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionOptions {
    /// How much it may do by itself.
    pub modes: Vec<Choice>,
    /// The models of its provider.
    pub models: Vec<Choice>,
    /// The model it uses.
    pub model: Option<String>,
    /// What can be said with a `/` in front.
    pub commands: Vec<SlashCommand>,
}

/// One of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// The agent's id.
    pub id: String,
    /// The agent's words.
    pub name: String,
    /// More of them.
    pub description: Option<String>,
}

/// A command of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlashCommand {
    /// Without its `/`.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What to write behind it.
    pub hint: Option<String>,
}
