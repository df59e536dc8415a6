//! Values of the whole instance that the first writer decides.

use crate::error::{is_duplicate, told};
use gaggle_core::port::StoreError;
use mongodb::Collection;
use mongodb::bson::{Binary, Bson, Document, doc, spec::BinarySubtype};
use mongodb::options::ReturnDocument;

/// The field that holds the value.
const VALUE: &str = "value";

/// What is stored under a name: what was there, else the proposal.
pub(crate) async fn first(
    table: &Collection<Document>,
    name: &str,
    proposal: Bson,
) -> Result<Bson, StoreError> {
    let insert = doc! { "$setOnInsert": { VALUE: proposal } };
    let asked = table
        .find_one_and_update(doc! { "_id": name }, insert)
        .upsert(true)
        .return_document(ReturnDocument::After)
        .await;
    let found = match asked {
        // Somebody else inserted it between the server's look and its write.
        Err(error) if is_duplicate(&error) => table.find_one(doc! { "_id": name }).await,
        other => other,
    };
    let found = found.map_err(|error| told(&error))?;
    let value = found.and_then(|mut document| document.remove(VALUE));
    value.ok_or_else(|| StoreError::Corrupt(format!("{name} has no value")))
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
