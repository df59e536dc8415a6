use crate::{ProjectId, ProjectName};
use serde::{Deserialize, Serialize};

/// Tokens and money: a turn's own, or in a `usage` event the session's so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Tokens read by the model.
    pub input_tokens: u64,
    /// Tokens written by the model.
    pub output_tokens: u64,
    /// Both together, as the agent counts them.
    pub total_tokens: u64,
    /// Tokens in the model's context now.
    pub context_used: u64,
    /// Size of the model's context.
    pub context_size: u64,
    /// What it cost, where the agent knows.
    pub cost: Option<Cost>,
}

/// What one project used on one day with one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageRow {
    /// The day in UTC, `2026-11-23`.
    pub day: String,
    /// The project.
    pub project_id: ProjectId,
    /// Its name now.
    pub project_name: ProjectName,
    /// The model; null: the demo model, or not known.
    pub model: Option<String>,
    /// How many turns ended.
    pub turns: u64,
    /// Tokens read by the model.
    pub input_tokens: u64,
    /// Tokens written by the model.
    pub output_tokens: u64,
    /// Both together, as the agent counts them.
    pub total_tokens: u64,
    /// In US dollars; null where the agent does not know prices.
    pub cost: Option<f64>,
}

/// `GET /api/users/{userId}/usage`: sums of the turns that are kept. A deleted project's are gone with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageReport {
    /// The first day, in UTC.
    pub from: String,
    /// The last day: today.
    pub to: String,
    /// By day, project and model, in this order.
    pub rows: Vec<UsageRow>,
}

/// An amount of money: `{"amount": 0.12, "currency": "USD"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cost {
    /// In units of the currency.
    pub amount: f64,
    /// ISO 4217.
    pub currency: String,
}
