//! Records as JSON in a document's field: exactly what serde wrote, whatever numbers and keys an agent used (BSON
//! has no unsigned 64-bit numbers). Large ones are compressed, so that MongoDB's limit is far away.

use crate::error::TOO_LARGE;
use gaggle_core::port::StoreError;
use mongodb::bson::{Binary, Bson, spec::BinarySubtype};
use serde::{Serialize, de::DeserializeOwned};

/// Longer JSON is compressed (LZ4, length first).
const PLAIN: usize = 256 * 1024;

/// A document may have 16 MiB; the rest is for its other fields and for the command around it.
const LIMIT: usize = 16 * 1024 * 1024 - 64 * 1024;

/// What stands in the document for this value.
pub(crate) fn pack(value: &impl Serialize) -> Result<Bson, StoreError> {
    let json = serde_json::to_string(value)
        .map_err(|error| StoreError::Corrupt(format!("not writable as JSON: {error}")))?;
    if json.len() <= PLAIN {
        return Ok(Bson::String(json));
    }
    let bytes = lz4_flex::compress_prepend_size(json.as_bytes());
    if bytes.len() > LIMIT {
        return Err(StoreError::Full(TOO_LARGE.to_owned()));
    }
    Ok(Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes }))
}

/// The value that stands in a document's field.
pub(crate) fn unpack<T: DeserializeOwned>(what: &str, stored: Option<&Bson>) -> Result<T, StoreError> {
    let unreadable = |error: String| StoreError::Corrupt(format!("{what}: {error}"));
    match stored {
        Some(Bson::String(json)) => serde_json::from_str(json).map_err(|error| unreadable(error.to_string())),
        Some(Bson::Binary(binary)) => {
            let json = lz4_flex::decompress_size_prepended(&binary.bytes);
            let json = json.map_err(|error| unreadable(error.to_string()))?;
            serde_json::from_slice(&json).map_err(|error| unreadable(error.to_string()))
        }
        _ => Err(unreadable("it has no record".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        for length in [0, 10, PLAIN, 3 * LIMIT] {
            let text = "ä\"\n7".repeat(length / 5);
            let packed = pack(&text).unwrap();
            assert_eq!(unpack::<String>("text", Some(&packed)).unwrap(), text);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_named() {
        // A sequence that does not repeat itself, so that it cannot be compressed.
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + ((state >> 33) % 90) as u8)
        };
        let text: String = (0..LIMIT + 1).map(|_| next()).collect();
        assert_eq!(pack(&text), Err(StoreError::Full(TOO_LARGE.into())));
    }

    #[test]
    fn what_is_damaged_is_told() {
        for stored in [None, Some(Bson::Null), Some(Bson::String("{".into()))] {
            let read = unpack::<String>("turn", stored.as_ref());
            assert!(matches!(&read, Err(StoreError::Corrupt(why)) if why.starts_with("turn: ")), "{read:?}");
        }
        let broken = Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: vec![9; 3] });
        assert!(matches!(unpack::<String>("turn", Some(&broken)), Err(StoreError::Corrupt(_))));
    }
}
