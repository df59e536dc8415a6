//! A server that no pod reaches, as on a laptop: it reaches them.

use crate::harness::{World, until};
use gaggle_testkit::{
    fault::{Fault, Rule},
    model::words,
};
use k8s_openapi::api::{core::v1::Service, rbac::v1::ClusterRole};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use reqwest::Method;
use serde_json::json;

/// Nobody in a pod gets here.
const NEAR: (&str, &str) = ("GAGGLE_AGENT_LISTEN", "127.0.0.1:0");

/// From now on pods' addresses are told so that nobody answers there: at this computer's own loopback.
fn far(world: &World) {
    let rewrite = Fault::Rewrite { this: "\"podIP\":\"10.", other: "\"podIP\":\"127." };
    world.proxy.inject(Rule::new("/api/v1/pods?", rewrite, usize::MAX));
}

fn forwarded(world: &World) -> usize {
    world.proxy.seen().iter().filter(|seen| seen.path.contains("/portforward")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_are_dialled_at_their_address_or_else_through_the_api_server() {
    let world = World::with(&[NEAR]).await;
    let project = world.project("dialled").await;
    project.activate().await;
    project.say("@shell echo kept > note.txt\n@say here").await;
    assert_eq!(forwarded(&world), 0, "its address is the shorter way");
    project.call(Method::POST, "/deactivate").await.is(200);

    far(&world);
    project.activate().await;
    let turn = project.say("@shell cat note.txt\n@echo").await;
    assert!(turn["text"].as_str().unwrap().contains("kept"), "{turn}");
    let files = project.call(Method::GET, "/files?q=NOTE").await.is(200);
    assert_eq!(files["items"], json!([{"path": "note.txt"}]), "over that link too: {files}");
    let before = forwarded(&world);
    assert!(before > 0, "no port was forwarded");
    // The way breaks in mid-turn: it is found again, and nothing of the turn is lost or doubled.
    let reader = project.reader();
    let turn = project.begin("@words 200 delay=10 hold=100").await;
    reader.words(&turn, 50).await;
    world.proxy.cut();
    world.model.release();
    assert_eq!(reader.end_of(&turn).await, words(200));
    assert!(forwarded(&world) > before, "it was not dialled again");
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_way_to_its_agent_who_waits_is_told_what_stands_against_it() {
    let more = [NEAR, ("GAGGLE_READY_TIMEOUT", "12s"), ("GAGGLE_SERVICE_TYPE", "LoadBalancer")];
    let world = World::with(&more).await;
    far(&world);
    let roles: Api<ClusterRole> = Api::all(world.cluster.client.clone());
    let name = format!("{}gaggle", world.prefix);
    let whole = roles.get(&name).await.unwrap();
    let mut less = whole.clone();
    let forwards = |resources: &[String]| resources.iter().any(|one| one == "pods/portforward");
    less.rules.as_mut().unwrap().retain(|rule| !forwards(rule.resources.as_deref().unwrap_or_default()));
    assert!(less.rules.as_ref().unwrap().len() < whole.rules.as_ref().unwrap().len());
    roles.replace(&name, &PostParams::default(), &less).await.unwrap();

    let project = world.project("far away").await;
    let problem = project.call(Method::POST, "/activate").await.is(504);
    assert_eq!(problem["code"], "activation_timeout", "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("step: agent"), "{problem}");
    let cause = problem["cause"].as_str().unwrap_or_default();
    // All ways, each with its own reason.
    for word in ["127.", "refused", "pods/portforward", "allow the verb get", "load balancer"] {
        assert!(cause.contains(word), "{word}: {problem}");
    }
    assert_eq!(project.get().await["failure"]["detail"], problem["cause"], "it is shown later too");

    // A load balancer leads there too, once it has an address.
    let services: Api<Service> = Api::namespaced(world.cluster.client.clone(), &project.namespace);
    let name = format!("proj-{}-svc", project.id);
    let becomes = async |kind: &str| {
        until(kind, || async {
            let service = services.get(&name).await.unwrap();
            (service.spec?.type_.as_deref() == Some(kind)).then_some(())
        })
        .await;
    };
    becomes("ClusterIP").await;
    project.wish(Method::POST, "/activate").await;
    becomes("LoadBalancer").await;
    let status = json!({"status": {"loadBalancer": {"ingress": [{"ip": "10.99.0.78"}]}}});
    services.patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
    project.in_phase("active").await;
    project.say("@say here").await;
    project.delete().await;
    world.end().await;
}
