use super::{Kind, Rendered, Subject};
use crate::config::{KubernetesConfig, Quantity as Size};
use k8s_openapi::{
    api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements},
    apimachinery::pkg::api::resource::Quantity,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The project's volume.
pub fn claim(config: &KubernetesConfig, subject: Subject<'_>) -> Rendered {
    let mode = if config.volume.once_per_pod { "ReadWriteOncePod" } else { "ReadWriteOnce" };
    let size = subject.settings.storage.clone().unwrap_or_else(|| config.volume.size.to_string());
    let requests = BTreeMap::from([("storage".to_owned(), Quantity(size))]);
    let claim = PersistentVolumeClaim {
        metadata: subject.meta(config, subject.names(config).claim()),
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec![mode.to_owned()]),
            storage_class_name: config.volume.class.clone(),
            resources: Some(VolumeResourceRequirements { requests: Some(requests), limits: None }),
            ..PersistentVolumeClaimSpec::default()
        }),
        ..PersistentVolumeClaim::default()
    };
    Rendered::new(Kind::PersistentVolumeClaim, &claim)
}

/// The claim for a project whose volume is there already: only its size can change, and only grow. All else
/// stays as it was made, whatever the configuration says by now.
pub fn grown(wanted: &Rendered, live: &Value) -> Rendered {
    const SIZE: &str = "/spec/resources/requests/storage";
    let mut body = wanted.body.clone();
    body["spec"]["accessModes"] = live["spec"]["accessModes"].clone();
    match live["spec"].get("storageClassName") {
        Some(class) => body["spec"]["storageClassName"] = class.clone(),
        None => drop(body["spec"].as_object_mut().and_then(|spec| spec.remove("storageClassName"))),
    }
    let size = |value: &Value| {
        value
            .pointer(SIZE)
            .and_then(Value::as_str)
            .and_then(|text| Size::parse(text).ok())
            .map(|s| s.millis())
    };
    if size(live) >= size(&body)
        && let (Some(there), Some(ours)) = (live.pointer(SIZE), body.pointer_mut(SIZE))
    {
        *ours = there.clone();
    }
    Rendered::from_body(Kind::PersistentVolumeClaim, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(class: Option<&str>, size: &str) -> Value {
        let mut spec =
            json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}});
        if let Some(class) = class {
            spec["storageClassName"] = json!(class);
        }
        json!({"metadata": {"name": "a"}, "spec": spec})
    }

    #[test]
    fn a_volume_only_grows() {
        let wanted = |size| Rendered::from_body(Kind::PersistentVolumeClaim, body(Some("new"), size));
        let live = body(Some("old"), "5Gi");
        let larger = grown(&wanted("6Gi"), &live);
        assert_eq!(larger.body["spec"], body(Some("old"), "6Gi")["spec"]);
        assert_eq!(grown(&wanted("1Gi"), &live).body["spec"], live["spec"]);
        assert_eq!(grown(&wanted("5Gi"), &body(None, "5Gi")).body["spec"], body(None, "5Gi")["spec"]);
    }
}
