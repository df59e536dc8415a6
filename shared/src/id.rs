//! Ids. Each is a letter and 26 characters of base32hex over a UUIDv7 (RFC 9562): lower-case, DNS-safe,
//! sortable by time, 74 random bits. Ids of what comes out of a turn are functions of the turn.

use crate::{ParseError, error::text_type};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The 27 characters of a fresh id made of `prefix`, a time and ten random bytes.
fn fresh(prefix: char, at: crate::Time, random: [u8; 10]) -> Arc<str> {
    let ms = at.as_millisecond().max(0) as u64;
    let mut bytes = [0u8; 16];
    bytes[..6].copy_from_slice(&ms.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let value = u128::from_be_bytes(bytes);
    let mut text = String::with_capacity(27);
    text.push(prefix);
    for i in (0..26).rev() {
        text.push(ALPHABET[((value >> (i * 5)) & 31) as usize] as char);
    }
    text.into()
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// A fresh id from a time and ten random bytes.
            pub fn new(at: crate::Time, random: [u8; 10]) -> Self {
                Self(fresh($prefix, at, random))
            }

            /// Accepts 1 to 40 characters of `a-z0-9-`, beginning and ending with a letter or digit.
            ///
            /// # Errors
            /// Anything else.
            pub fn parse(text: &str) -> Result<Self, ParseError> {
                let edge = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
                let bytes = text.as_bytes();
                let good = (1..=40).contains(&bytes.len())
                    && bytes.iter().all(|c| edge(*c) || *c == b'-')
                    && edge(bytes[0])
                    && edge(bytes[bytes.len() - 1]);
                if good {
                    Ok(Self(text.into()))
                } else {
                    Err(ParseError::new($what, "1 to 40 characters a-z, 0-9 and -"))
                }
            }
        }
        text_type!($name, $what);
    };
}

id_type!(
    /// Names one Gaggle with its store.
    InstanceId, 'i', "instance id"
);
id_type!(
    /// Names a project: at most 40 characters, DNS-safe, not guessable.
    ProjectId, 'p', "project id"
);
id_type!(
    /// Names a conversation of a project; never the agent's own session id.
    SessionId, 's', "session id"
);
id_type!(
    /// Names a turn.
    TurnId, 't', "turn id"
);
id_type!(
    /// Names a message: a function of its turn.
    MessageId, 'm', "message id"
);
id_type!(
    /// Names an approval: a function of its turn and the agent's request.
    PermissionId, 'a', "permission id"
);

impl MessageId {
    /// The person's message that began a turn.
    pub fn of_user(turn: &TurnId) -> Self {
        Self(format!("{turn}-u").into())
    }

    /// The agent's message of a turn.
    pub fn of_agent(turn: &TurnId) -> Self {
        Self(format!("{turn}-a").into())
    }
}

impl PermissionId {
    /// The `ordinal`-th approval (from 0) that a turn asks for.
    pub fn of_turn(turn: &TurnId, ordinal: u32) -> Self {
        Self(format!("{turn}-p{ordinal}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ids_sort_by_time_and_parse() {
        let at = |ms| crate::Time::from_millisecond(ms).unwrap();
        let a = ProjectId::new(at(1_700_000_000_000), [0xff; 10]);
        let b = ProjectId::new(at(1_700_000_000_001), [0; 10]);
        assert!(a < b);
        assert_eq!(a.as_str().len(), 27);
        assert_eq!(ProjectId::parse(a.as_str()), Ok(a));
    }

    #[test]
    fn odd_ids_are_refused() {
        for text in ["", "-a", "a-", "A", "a_b", "../x", "ä", &"a".repeat(41)] {
            assert!(ProjectId::parse(text).is_err(), "{text:?}");
        }
    }
}
