use super::{Kind, Rendered, Subject};
use crate::config::{AccessMode, KubernetesConfig, Quantity as Size};
use k8s_openapi::{
    api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements},
    apimachinery::pkg::api::resource::Quantity,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The project's volume. One whose mode is left to the cluster asks for what always works, until [`held_by`] says more.
pub fn claim(config: &KubernetesConfig, subject: Subject<'_>) -> Rendered {
    let size = subject.settings.storage.clone().unwrap_or_else(|| config.volume.size.to_string());
    let requests = BTreeMap::from([("storage".to_owned(), Quantity(size))]);
    let claim = PersistentVolumeClaim {
        metadata: subject.meta(config, subject.names(config).claim()),
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec![word(config.volume.mode).to_owned()]),
            storage_class_name: config.volume.class.clone(),
            resources: Some(VolumeResourceRequirements { requests: Some(requests), limits: None }),
            ..PersistentVolumeClaimSpec::default()
        }),
        ..PersistentVolumeClaim::default()
    };
    Rendered::new(Kind::PersistentVolumeClaim, &claim)
}

/// The same claim, to be held so. Only one that is not there yet can be: a mode never changes.
pub fn held_by(wanted: &Rendered, mode: AccessMode) -> Rendered {
    let mut body = wanted.body.clone();
    body["spec"]["accessModes"] = json!([word(mode)]);
    Rendered::from_body(Kind::PersistentVolumeClaim, body)
}

fn word(mode: AccessMode) -> &'static str {
    match mode {
        AccessMode::OncePod => "ReadWriteOncePod",
        AccessMode::Auto | AccessMode::Once => "ReadWriteOnce",
    }
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

    fn body(class: Option<&str>, size: &str) -> Value {
        let mut spec =
            json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}});
        if let Some(class) = class {
            spec["storageClassName"] = json!(class);
        }
        json!({"metadata": {"name": "a"}, "spec": spec})
    }

    #[test]
    fn a_volume_stays_held_as_it_was_made() {
        let wanted = Rendered::from_body(Kind::PersistentVolumeClaim, body(None, "5Gi"));
        let made = held_by(&wanted, AccessMode::OncePod);
        assert_eq!(made.body["spec"]["accessModes"], json!(["ReadWriteOncePod"]));
        // Neither what is rendered nor its hash asks for anything new, whatever is wished by now.
        for wished in [wanted, held_by(&made, AccessMode::Once), held_by(&made, AccessMode::Auto)] {
            assert_eq!(wished.body["spec"]["accessModes"], json!(["ReadWriteOnce"]));
            let again = grown(&wished, &made.body);
            assert_eq!((&again.hash, &again.body), (&made.hash, &made.body));
        }
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
