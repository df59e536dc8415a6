use super::Source;
use std::fmt;

/// A value that cannot be used, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    name: String,
    value: String,
    source: Option<Source>,
    rule: String,
}

impl ConfigError {
    /// `name` has a value that breaks `rule`. A secret's value is not shown.
    pub fn new(name: &str, value: &str, source: Option<Source>, rule: impl Into<String>) -> Self {
        let shown = if secret(name) { "****".to_owned() } else { short(value) };
        Self { name: name.to_owned(), value: shown, source, rule: rule.into() }
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)?;
        if let Some(source) = &self.source {
            write!(f, " ({source})")?;
        }
        write!(f, ": {}", self.rule)
    }
}

/// Whether a variable of this name may hold a secret.
pub(super) fn secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["KEY", "TOKEN", "SECRET", "PASSWORD", "URI", "BASE64", "CREDENTIAL", "_CA"]
        .iter()
        .any(|part| name.contains(part))
}

/// One line, not too long, without control characters.
fn short(value: &str) -> String {
    let line: String = value.chars().take(80).flat_map(char::escape_debug).collect();
    if value.chars().count() > 80 { line + "…" } else { line }
}
