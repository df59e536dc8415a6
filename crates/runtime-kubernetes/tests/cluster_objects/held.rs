//! Who may hold a project's volume: by what the cluster says of its storage.

use crate::world::{World, told};
use futures_util::StreamExt as _;
use gaggle_core::port::Placement;
use gaggle_runtime_kubernetes::apply::Place;
use k8s_openapi::api::{
    core::v1::{PersistentVolume, PersistentVolumeClaim, Pod},
    storage::v1::{CSIDriver, StorageClass},
};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams},
    runtime::{
        WatchStreamExt as _,
        wait::{await_condition, conditions::is_deleted},
        watcher,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{fmt::Debug, pin::pin, time::Duration};
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(60);

/// Of the class, the driver that is its provisioner, and the volume that this driver would have made.
const NAME: &str = "held.gaggle-test.example";

/// Makes it cluster-wide, or leaves it as it is.
async fn make<K>(client: &Client, mut what: Value)
where
    K: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone + Debug,
{
    what["apiVersion"] = K::api_version(&()).into();
    what["kind"] = K::kind(&()).into();
    what["metadata"] = json!({"name": NAME});
    let params = PatchParams::apply("gaggle-tests").force();
    Api::<K>::all(client.clone()).patch(NAME, &params, &Patch::Apply(what)).await.unwrap();
}

/// Whatever is there of this name goes.
async fn clear<K>(client: &Client)
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug,
{
    Api::<K>::all(client.clone()).delete(NAME, &DeleteParams::default()).await.ok();
}

/// Waits until a pod has its volumes and its network.
async fn mounted(pods: &Api<Pod>) {
    let is = |pod: &Pod| {
        let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
        conditions.into_iter().any(|one| one.type_ == "PodReadyToStartContainers" && one.status == "True")
    };
    let seen = async {
        let mut seen = pin!(watcher(pods.clone(), watcher::Config::default()).applied_objects());
        while let Some(pod) = seen.next().await {
            if pod.is_ok_and(|pod| is(&pod)) {
                return;
            }
        }
    };
    timeout(LONG, seen).await.expect("no pod has its volumes");
}

/// The uid and access modes of its claim.
async fn claim(claims: &Api<PersistentVolumeClaim>, place: &Place) -> (String, Vec<String>) {
    let claim = claims.get(&place.names().claim()).await.unwrap();
    (claim.uid().unwrap(), claim.spec.unwrap().access_modes.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_volume_is_held_by_one_pod_alone_where_a_csi_driver_serves_it() {
    let world = World::with("held", |config| config.volume.class = Some(NAME.into())).await;
    let (applier, client) = (&world.applier, &world.client);
    make::<StorageClass>(client, json!({"provisioner": NAME, "reclaimPolicy": "Retain"})).await;
    make::<CSIDriver>(client, json!({"spec": {"attachRequired": false}})).await;
    let spec = world.spec();
    let placement = Placement {
        instance: spec.instance.clone(),
        user: spec.user.clone(),
        project: spec.project.clone(),
        settings: spec.settings.clone(),
    };
    applier.place(&placement).await.unwrap();
    let place = applier.at(&spec.user, &spec.project);
    let claims: Api<PersistentVolumeClaim> = world.api(&place.namespace);
    let (first, modes) = claim(&claims, &place).await;
    assert_eq!(modes, ["ReadWriteOncePod"]);

    // Such a volume lets the agent in.
    let folder = format!("{}/volumes/{NAME}", told("GAGGLE_TEST_NODE_STATE"));
    let of = json!({"namespace": place.namespace, "name": place.names().claim(), "uid": first});
    make::<PersistentVolume>(
        client,
        json!({"spec": {"capacity": {"storage": "16Mi"}, "accessModes": modes, "storageClassName": NAME,
            "claimRef": of, "hostPath": {"path": folder, "type": "DirectoryOrCreate"}}}),
    )
    .await;
    applier.activate(&spec, |_| ()).await.unwrap();
    let pods: Api<Pod> = world.api(&place.namespace);
    mounted(&pods).await;

    // The driver goes: what is there stays as it is, what is new asks for what always works.
    clear::<CSIDriver>(client).await;
    applier.scale_down(&place).await.unwrap();
    applier.place(&placement).await.unwrap();
    applier.activate(&spec, |_| ()).await.unwrap();
    assert_eq!(claim(&claims, &place).await, (first.clone(), modes));
    applier.delete_all(&spec.project, None, &mut Vec::new()).await.unwrap();
    let name = place.names().claim();
    let gone = await_condition(claims.clone(), &name, is_deleted(&first));
    timeout(LONG, gone).await.expect("the claim does not go").unwrap();
    applier.place(&placement).await.unwrap();
    assert_eq!(claim(&claims, &place).await.1, ["ReadWriteOnce"]);

    clear::<StorageClass>(client).await;
    clear::<PersistentVolume>(client).await;
    world.end().await;
}
