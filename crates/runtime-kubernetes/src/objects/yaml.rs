use super::{Kind, Rendered};
use crate::labels;
use serde_json::Value;

/// The object with a Secret's values masked.
pub fn masked(object: &Rendered) -> Value {
    let mut body = object.body.clone();
    if object.kind == Kind::Secret {
        if let Some(data) = body["data"].as_object_mut() {
            data.values_mut().for_each(|value| *value = Value::from("****"));
        }
        // It is a hash of the values.
        body["metadata"]["annotations"][labels::HASH] = Value::from("****");
    }
    body
}

/// Documents of YAML, secrets masked, in the order given.
pub fn to_yaml(objects: &[Rendered]) -> String {
    let documents = objects.iter().filter_map(|object| serde_saphyr::to_string(&masked(object)).ok());
    documents.map(|text| format!("---\n{}\n", text.trim_end())).collect()
}
