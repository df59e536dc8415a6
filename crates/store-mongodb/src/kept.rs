//! Values of the whole instance that the first writer decides.

use crate::error::{is_duplicate, told};
use gaggle_core::port::StoreError;
use mongodb::Collection;
use mongodb::bson::{Binary, Bson, Document, doc, spec::BinarySubtype};

/// The field that holds the value.
const VALUE: &str = "value";

/// How often it is looked again after somebody else was first; once is enough where reads see what is written.
const ATTEMPTS: usize = 5;

/// What is stored under a name: what was there, else the proposal.
///
/// Not one upsert: those of a race may fail, or answer with nothing, and then one has to look anyway.
pub(crate) async fn first(
    table: &Collection<Document>,
    name: &str,
    proposal: Bson,
) -> Result<Bson, StoreError> {
    for _ in 0..ATTEMPTS {
        let found = table.find_one(doc! { "_id": name }).await.map_err(|error| told(&error))?;
        if let Some(mut document) = found {
            let value = document.remove(VALUE);
            return value.ok_or_else(|| StoreError::Corrupt(format!("{name} has no value")));
        }
        match table.insert_one(doc! { "_id": name, VALUE: proposal.clone() }).await {
            Ok(_) => return Ok(proposal),
            // Somebody else was first.
            Err(error) if is_duplicate(&error) => {}
            Err(error) => return Err(told(&error)),
        }
    }
    Err(StoreError::Unavailable(format!("{name} is there and cannot be read")))
}

/// Bytes as they are stored.
pub(crate) fn bytes(bytes: &[u8]) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_owned() })
}

/// The bytes of a stored value.
pub(crate) fn read(name: &str, value: Option<Bson>) -> Result<Vec<u8>, StoreError> {
    match value {
        Some(Bson::Binary(binary)) => Ok(binary.bytes),
        _ => Err(StoreError::Corrupt(format!("{name} has no bytes"))),
    }
}

/// Everything that is kept, by name.
pub(crate) async fn all(table: &Collection<Document>) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let found = table.find(doc! {}).sort(doc! { "_id": 1 }).await.map_err(|error| told(&error))?;
    let documents: Vec<Document> = crate::run::collect(found).await?;
    let named = |mut document: Document| {
        let name = document.get_str("_id").unwrap_or_default().to_owned();
        let bytes = read(&name, document.remove(VALUE))?;
        Ok((name, bytes))
    };
    documents.into_iter().map(named).collect()
}
