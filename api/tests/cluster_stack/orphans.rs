//! What carries our label though no record knows it: found, reported, removed; and nobody else's.

use crate::harness::{Project, World, until};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Namespace, PersistentVolumeClaim, Secret, Service},
    networking::v1::Ingress,
};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, PostParams},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The promise.
const FOUND: Duration = Duration::from_secs(30);

fn labels(instance: &str, project: &str) -> Value {
    json!({"app.kubernetes.io/managed-by": "gaggle", "gaggle/instance": instance, "gaggle/user": "alice",
        "gaggle/project": project, "app": format!("proj-{project}-api")})
}

/// All that a project has, made by nobody's wish. The volume's claim says when it was found first.
async fn plant(world: &World, project: &Project, labels: &Value, found: Option<&str>) {
    let (client, space, id) = (&world.cluster.client, &project.namespace, &project.id);
    let post = PostParams::default();
    let meta = |name: &str| json!({"name": format!("proj-{id}-{name}"), "labels": labels});
    let app = json!({"planted": id});
    let deployment: Deployment =
        serde_json::from_value(json!({"metadata": meta("api"), "spec": {"replicas": 0,
        "selector": {"matchLabels": app}, "template": {"metadata": {"labels": app},
        "spec": {"containers": [{"name": "x", "image": "none"}]}}}}))
        .unwrap();
    Api::namespaced(client.clone(), space).create(&post, &deployment).await.unwrap();
    let service: Service =
        serde_json::from_value(json!({"metadata": meta("svc"), "spec": {"ports": [{"port": 80}]}})).unwrap();
    Api::namespaced(client.clone(), space).create(&post, &service).await.unwrap();
    let secret: Secret = serde_json::from_value(json!({"metadata": meta("launch")})).unwrap();
    Api::namespaced(client.clone(), space).create(&post, &secret).await.unwrap();
    let mut claim = json!({"metadata": meta("data"), "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Mi"}}}});
    if let Some(found) = found {
        claim["metadata"]["annotations"] = json!({"gaggle/orphan": found});
    }
    let claim: PersistentVolumeClaim = serde_json::from_value(claim).unwrap();
    Api::namespaced(client.clone(), space).create(&post, &claim).await.unwrap();
}

/// A place for a project that was never made.
async fn nobody(world: &World, name: &str) -> Project {
    let project = Project::new(world.api.clone(), world.cluster.clone(), &world.prefix, "planted", name);
    let namespace: Namespace =
        serde_json::from_value(json!({"metadata": {"name": project.namespace}})).unwrap();
    Api::all(world.cluster.client.clone()).create(&PostParams::default(), &namespace).await.ok();
    project
}

async fn instance(world: &World) -> String {
    world.api.get("/api/info").await.is(200)["instance"].as_str().unwrap().to_owned()
}

async fn left(project: &Project) -> Vec<String> {
    project.cluster.remains(&project.namespace, &project.id).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orphan_is_gone_within_half_a_minute_and_its_volume_after_a_day() {
    let world = World::new().await;
    let kept = world.project("kept").await;
    kept.activate().await;
    let instance = instance(&world).await;
    let (fresh, old) = (nobody(&world, "pfresh").await, nobody(&world, "pold").await);
    let (another, nolabel) = (nobody(&world, "panother").await, nobody(&world, "pnolabel").await);
    plant(&world, &another, &labels("somebodyelse", "panother"), None).await;
    plant(&world, &nolabel, &json!({}), None).await;
    let began = Instant::now();
    plant(&world, &fresh, &labels(&instance, "pfresh"), None).await;
    // Another server has reported this one since yesterday, up to a minute ago.
    let now = humantime(0);
    plant(&world, &old, &labels(&instance, "pold"), Some(&format!("{} {now}", humantime(25 * 3600)))).await;
    until("the orphan's end", || async {
        (left(&fresh).await == ["PersistentVolumeClaim/proj-pfresh-data"]).then_some(())
    })
    .await;
    assert!(began.elapsed() < FOUND, "{:?}", began.elapsed());
    until("the end of a volume that was reported for a day", || async {
        left(&old).await.is_empty().then_some(())
    })
    .await;
    let shown = world.api.get("/api/orphans").await.is(200);
    let items = shown["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{shown}");
    assert_eq!(
        (&items[0]["projectId"], &items[0]["reason"]),
        (&json!("pfresh"), &json!("unknown")),
        "{shown}"
    );
    assert!(items[0]["dataRemovedAt"].is_string() && items[0]["removes"] == true, "{shown}");
    for line in [
        "gaggle_orphans_found_total{kind=\"Deployment\"} 2",
        "gaggle_orphans_removed_total{kind=\"Secret\"} 2",
        "gaggle_orphans_removed_total{kind=\"PersistentVolumeClaim\"} 1",
    ] {
        // Counted once the API server has answered, which is after the object is gone.
        until(line, || async {
            let metrics = world.api.request(Method::GET, "/metrics").send().await.unwrap();
            metrics.text().await.unwrap().contains(line).then_some(())
        })
        .await;
    }
    assert_eq!(left(&another).await.len(), 4, "another instance's");
    assert_eq!(left(&nolabel).await.len(), 4, "nobody's");
    kept.say("@say here").await;
    kept.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphans_that_are_only_reported_stay_and_are_shown() {
    let world = World::with(&[("GAGGLE_ORPHANS", "report")]).await;
    let instance = instance(&world).await;
    let stray = nobody(&world, "preported").await;
    plant(&world, &stray, &labels(&instance, "preported"), None).await;
    // Two looks.
    until("a report", || async {
        let shown = world.api.get("/api/orphans").await.is(200);
        let orphan = shown["items"].as_array().unwrap().first().cloned()?;
        assert_eq!(orphan["removes"], false, "{orphan}");
        orphan["reportedSince"].is_string().then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(left(&stray).await.len(), 4);
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(world.cluster.client.clone(), &stray.namespace);
    let claim = claims.get("proj-preported-data").await.unwrap();
    assert!(!claim.annotations().contains_key("gaggle/orphan"), "a report writes nothing");
    world.end().await;
}

/// So many seconds ago, as RFC 3339.
fn humantime(ago: u64) -> String {
    let at = std::time::SystemTime::now() - Duration::from_secs(ago);
    format!("{:.0}", gaggle_shared::Time::try_from(at).unwrap())
}

/// An Ingress of a project, as it would be made for it.
async fn route(world: &World, project: &Project, instance: &str) {
    let route: Ingress = serde_json::from_value(json!({
        "metadata": {"name": format!("proj-{}-ingress", project.id), "labels": labels(instance, &project.id)},
        "spec": {"defaultBackend": {"service": {"name": "x", "port": {"number": 80}}}}}))
    .unwrap();
    let routes = Api::namespaced(world.cluster.client.clone(), &project.namespace);
    routes.create(&PostParams::default(), &route).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_ingress_is_found_and_a_lone_secret_goes_with_its_project() {
    let world = World::with(&[("INGRESS_BASE_DOMAIN", "agents.test")]).await;
    let instance = instance(&world).await;
    let stray = nobody(&world, "plone").await;
    let began = Instant::now();
    route(&world, &stray, &instance).await;
    assert_eq!(left(&stray).await, ["Ingress/proj-plone-ingress"]);
    until("the Ingress's end", || async { left(&stray).await.is_empty().then_some(()) }).await;
    assert!(began.elapsed() < FOUND, "{:?}", began.elapsed());

    let project = world.project("bared").await;
    project.activate().await;
    project.call(Method::POST, "/deactivate").await.is(200);
    let (client, space) = (&world.cluster.client, &project.namespace);
    let name = |what: &str| format!("proj-{}-{what}", project.id);
    let delete = DeleteParams::background();
    Api::<Deployment>::namespaced(client.clone(), space).delete(&name("api"), &delete).await.unwrap();
    Api::<Service>::namespaced(client.clone(), space).delete(&name("svc"), &delete).await.unwrap();
    Api::<Ingress>::namespaced(client.clone(), space).delete(&name("ingress"), &delete).await.unwrap();
    Api::<PersistentVolumeClaim>::namespaced(client.clone(), space)
        .delete(&name("data"), &delete)
        .await
        .unwrap();
    until("nothing but its Secret", || async {
        (left(&project).await == [format!("Secret/{}", name("launch"))]).then_some(())
    })
    .await;
    let receipt = project.delete().await;
    assert_eq!(
        receipt["removed"].as_array().unwrap().iter().filter(|one| one["kind"] == "Secret").count(),
        1
    );
    world.end().await;
}
