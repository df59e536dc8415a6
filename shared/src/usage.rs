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

/// An amount of money: `{"amount": 0.12, "currency": "USD"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cost {
    /// In units of the currency.
    pub amount: f64,
    /// ISO 4217.
    pub currency: String,
}
