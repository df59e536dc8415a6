//! Real objects for the unit tests: with `GAGGLE_RECORD=1` what a test saw becomes a fixture.

use crate::world::{RealClock, World};
use gaggle_core::port::Clock as _;
use k8s_openapi::api::{
    apps::v1::{Deployment, ReplicaSet},
    core::v1::{Event, PersistentVolumeClaim, Pod, Service},
};
use kube::{api::ListParams, core::NamespaceResourceScope};
use serde_json::{Value, json};

pub(crate) async fn record(world: &World, name: &str) {
    if std::env::var_os("GAGGLE_RECORD").is_none() {
        return;
    }
    let mut items: Vec<Value> = Vec::new();
    items.extend(listed::<Deployment>(world, "Deployment").await);
    items.extend(listed::<ReplicaSet>(world, "ReplicaSet").await);
    items.extend(listed::<Pod>(world, "Pod").await);
    items.extend(listed::<PersistentVolumeClaim>(world, "PersistentVolumeClaim").await);
    items.extend(listed::<Service>(world, "Service").await);
    items.extend(listed::<Event>(world, "Event").await);
    let fixture = json!({"at": RealClock.now(), "instance": world.config.instance, "project": world.project,
        "items": items});
    let folder = format!("{}/src/diagnose/tests", env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(&folder).unwrap();
    let text = serde_json::to_string_pretty(&fixture).unwrap();
    std::fs::write(format!("{folder}/{name}.json"), text + "\n").unwrap();
}

async fn listed<K>(world: &World, kind: &str) -> Vec<Value>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + std::fmt::Debug
        + serde::de::DeserializeOwned
        + serde::Serialize,
{
    let list = world.api::<K>().list(&ListParams::default()).await.unwrap();
    let json = list.items.into_iter().map(|mut object| {
        object.meta_mut().managed_fields = None;
        let mut value = serde_json::to_value(object).unwrap();
        value["kind"] = kind.into();
        value
    });
    json.collect()
}
