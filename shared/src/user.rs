use crate::{ParseError, error::text_type};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who owns projects: `^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$`. What signs a person in is never this id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(Arc<str>);

impl UserId {
    /// Checks the pattern.
    ///
    /// # Errors
    /// A text that does not match it.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let alnum = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let bytes = text.as_bytes();
        let good = (1..=32).contains(&bytes.len())
            && bytes[0].is_ascii_lowercase()
            && bytes.iter().all(|c| alnum(*c) || *c == b'-')
            && alnum(bytes[bytes.len() - 1]);
        if good {
            Ok(Self(text.into()))
        } else {
            Err(ParseError::new(
                "user id",
                "a letter a-z, then at most 31 of a-z, 0-9 and -, not ending in -",
            ))
        }
    }
}
text_type!(UserId, "^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$");

/// `{"id": "alice", "name": "Alice"}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// The id in addresses.
    pub id: UserId,
    /// What people read.
    pub name: String,
}
