use crate::Span;
use serde::{Deserialize, Deserializer, Serialize};

/// How much an agent may do without asking (Goose's `GOOSE_MODE`, an ACP session mode).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Mode {
    /// Everything without asking.
    Auto,
    /// Asks before every tool.
    Approve,
    /// Asks before what writes or runs.
    #[default]
    SmartApprove,
    /// No tools.
    Chat,
}

impl Mode {
    /// The name on the wire and in ACP's `session/set_mode`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Approve => "approve",
            Self::SmartApprove => "smart_approve",
            Self::Chat => "chat",
        }
    }
}

/// A project's own settings; what is unset follows the server's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// Goose's provider name, such as `anthropic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The provider's model name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Default `smart_approve`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Asleep after so long without work; `0` = never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<Span>,
    /// An approval that nobody answers in this time is rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_timeout: Option<Span>,
    /// Kubernetes quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Kubernetes quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// Kubernetes quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<String>,
}

/// A merge patch (RFC 7396) of settings: absent keeps, null returns to the default, a value sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingsPatch {
    /// See [`Settings::provider`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub provider: Option<Option<String>>,
    /// See [`Settings::model`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub model: Option<Option<String>>,
    /// See [`Settings::mode`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub mode: Option<Option<Mode>>,
    /// See [`Settings::idle_timeout`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<Option<Span>>,
    /// See [`Settings::permission_timeout`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub permission_timeout: Option<Option<Span>>,
    /// See [`Settings::cpu`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Option<String>>,
    /// See [`Settings::memory`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub memory: Option<Option<String>>,
    /// See [`Settings::storage`].
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub storage: Option<Option<String>>,
}

pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

impl SettingsPatch {
    /// The settings after this patch.
    pub fn apply(self, mut to: Settings) -> Settings {
        fn set<T>(slot: &mut Option<T>, patch: Option<Option<T>>) {
            if let Some(value) = patch {
                *slot = value;
            }
        }
        set(&mut to.provider, self.provider);
        set(&mut to.model, self.model);
        set(&mut to.mode, self.mode);
        set(&mut to.idle_timeout, self.idle_timeout);
        set(&mut to.permission_timeout, self.permission_timeout);
        set(&mut to.cpu, self.cpu);
        set(&mut to.memory, self.memory);
        set(&mut to.storage, self.storage);
        to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_returns_to_the_default_and_absence_keeps() {
        let old = Settings { model: Some("a".into()), mode: Some(Mode::Auto), ..Settings::default() };
        let patch: SettingsPatch = serde_json::from_str(r#"{"model":null,"idleTimeout":"5m"}"#).unwrap();
        let new = patch.apply(old);
        assert_eq!(new.model, None);
        assert_eq!(new.mode, Some(Mode::Auto));
        assert_eq!(new.idle_timeout, Some(Span::from_secs(300)));
        assert!(serde_json::from_str::<SettingsPatch>(r#"{"colour":1}"#).is_err());
    }
}
