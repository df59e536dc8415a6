//! What the driver says, in the port's words.

use gaggle_core::port::StoreError;
use mongodb::error::{Error, ErrorKind, WriteFailure};

/// A unique index, or the primary key, has this already.
pub(crate) fn is_duplicate(error: &Error) -> bool {
    code(error) == Some(11000)
}

/// The server's number for what went wrong.
fn code(error: &Error) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => Some(error.code),
        ErrorKind::Command(error) => Some(error.code),
        _ => None,
    }
}

/// A failure in the port's words. Where it is not certain that nothing was changed it is `Unavailable`.
pub(crate) fn told(error: &Error) -> StoreError {
    match code(error) {
        // OutOfDiskSpace
        Some(14031) => StoreError::Full(cause(error)),
        // Atlas says this of a full cluster, and of much else.
        Some(8000) if cause(error).contains("space quota") => StoreError::Full(cause(error)),
        // BSONObjectTooLarge
        Some(10334) => StoreError::Full(TOO_LARGE.to_owned()),
        _ => match &*error.kind {
            ErrorKind::BsonDeserialization(_) => StoreError::Corrupt(cause(error)),
            _ => StoreError::Unavailable(cause(error)),
        },
    }
}

/// Of a record that MongoDB would not take.
pub(crate) const TOO_LARGE: &str = "a record is larger than the 16 MB that MongoDB allows";

/// What a person needs of a driver's error: the server's own words, or what befell the connection.
pub(crate) fn cause(error: &Error) -> String {
    match &*error.kind {
        ErrorKind::ServerSelection { message, .. } => selection(message),
        ErrorKind::Io(error) => error.to_string(),
        ErrorKind::Authentication { message, .. } => format!("it does not let us in: {message}"),
        ErrorKind::Command(error) => format!("{} ({})", error.message, error.code_name),
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.message.clone(),
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => {
            format!("a majority did not confirm it: {}", error.message)
        }
        ErrorKind::ConnectionPoolCleared { .. } => "the connection was lost".to_owned(),
        other => other.to_string(),
    }
}

/// A failed search for a server tells all of the topology; the last error in it is what is wrong.
fn selection(message: &str) -> String {
    let found = message.split_once("Error: ").map(|(_, rest)| rest);
    let found = found.map(|rest| rest.strip_prefix("Kind: ").unwrap_or(rest));
    let found = found.and_then(|rest| rest.split(", labels:").next()).map(str::trim);
    match found {
        Some(cause) if !cause.is_empty() => format!("no server answers: {cause}"),
        _ => "no server that takes writes answers".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_for_a_server_tells_its_cause_in_short() {
        let long = "Server selection timeout: No available servers. Topology: { Type: Unknown, Servers: [ { Address: \
                    127.0.0.1:1, Type: Unknown, Error: Kind: I/O error: Connection refused (os error 111), labels: \
                    {\"a\"} } ] }";
        assert_eq!(selection(long), "no server answers: I/O error: Connection refused (os error 111)");
        assert_eq!(selection("No available servers"), "no server that takes writes answers");
    }
}
