use crate::world::World;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

const SNAPSHOT: &str = "tests/snapshots/openapi.json";

#[tokio::test]
async fn the_description_is_as_it_was() {
    let now = World::new().await.get("/api/openapi.json").await.ok(200).text;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(SNAPSHOT);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, &now).unwrap();
    }
    let before = fs::read_to_string(&file).unwrap_or_default();
    let differs = now.lines().zip(before.lines()).find(|(now, before)| now != before);
    assert!(
        now == before,
        "the API's description has changed, first at {differs:?}: if that is meant, run this test with \
         UPDATE_SNAPSHOTS=1 and commit api/{SNAPSHOT}"
    );
}

#[tokio::test]
async fn ids_of_operations_differ_and_references_lead_somewhere() {
    let text = World::new().await.get("/api/openapi.json").await.text;
    let document: Value = serde_json::from_str(&text).unwrap();
    let mut ids = BTreeSet::new();
    for operations in document["paths"].as_object().unwrap().values() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {id}");
        }
    }
    assert!(ids.len() > 30, "{ids:?}");
    for part in text.split("\"$ref\": \"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name} is not described");
    }
}
