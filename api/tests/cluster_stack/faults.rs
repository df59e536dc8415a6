//! The API server fails in the ways that API servers fail.

use crate::harness::{Project, World, until};
use gaggle_testkit::{
    fault::{Fault, Line, Rule, Seen},
    model::words,
};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, ResourceExt as _, api::DeleteParams};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_goes_on_while_the_api_server_is_away_for_a_minute() {
    let world = World::new().await;
    let (chats, sleeps) = (world.project("chats").await, world.project("sleeps").await);
    chats.activate().await;
    sleeps.placed().await;
    let reader = chats.reader();
    let turn = chats.begin("@words 200 delay=10 hold=100").await;
    reader.words(&turn, 50).await;
    let away = Instant::now();
    for line in [Line::Refused, Line::Silent] {
        world.proxy.set_line(line);
        // Who wishes something of the cluster is told why it does not come, and soon.
        let began = Instant::now();
        let reply = sleeps.call(Method::POST, "/activate").await.is(503);
        assert_eq!(reply["code"], "cluster_unreachable", "{reply}");
        assert!(began.elapsed() < Duration::from_secs(10), "{line:?}: {:?}", began.elapsed());
    }
    world.model.release();
    assert_eq!(reader.end_of(&turn).await, words(200));
    let mut turns = 0;
    while away.elapsed() < Duration::from_secs(60) {
        turns += 1;
        let said = chats.say(&format!("@say turn {turns}\n@shell sleep 2")).await;
        assert!(said["text"].as_str().unwrap().contains(&format!("turn {turns}")), "{said}");
    }
    assert!(turns > 1, "{turns}");
    assert_eq!(chats.get().await["phase"], "active");
    // The wish stays, and heals with the line.
    world.proxy.set_line(Line::Up);
    sleeps.in_phase("active").await;
    chats.delete().await;
    sleeps.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passing_refusals_of_the_api_server_are_lived_through() {
    let world = World::new().await;
    for (status, reason) in
        [(409, "Conflict"), (429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable")]
    {
        let project = world.project(&format!("refused {status}")).await;
        project.placed().await;
        let before = world.proxy.injected();
        world
            .proxy
            .inject(Rule::new("/apis/apps/v1", Fault::Answer { status, reason }, 2).method(Method::PATCH));
        let reply = project.call(Method::POST, "/activate").await;
        assert!([200, 503].contains(&reply.status.as_u16()), "{status}: {}", reply.body);
        project.in_phase("active").await;
        assert!(world.proxy.injected() > before, "{status} was never answered");
        world.proxy.heal();
        project.delete().await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_after_the_deed_does_nothing_twice() {
    let world = World::new().await;
    let project = world.project("lost answers").await;
    project.placed().await;
    world.proxy.inject(Rule::new("/deployments/", Fault::AnswerLost, 1).method(Method::PATCH));
    world.proxy.inject(Rule::new("/secrets/", Fault::AnswerLost, 1).method(Method::PATCH));
    project.wish(Method::POST, "/activate").await;
    project.in_phase("active").await;
    project.say("@say here").await;
    assert_eq!(project.pods().await.len(), 1);
    assert_eq!(world.proxy.injected(), 2, "an answer for each of both was lost");
    world.proxy.inject(Rule::new("/namespaces/", Fault::AnswerLost, 2).method(Method::DELETE));
    // Who waits is told that a passing fault delays it; the wish stays, and the receipt comes.
    until("the receipt", || async {
        let reply = project.call(Method::DELETE, "").await;
        assert!([200, 503].contains(&reply.status.as_u16()), "{}", reply.body);
        (reply.status == 200).then_some(())
    })
    .await;
    assert_eq!(world.proxy.injected(), 4, "two of the delete were lost");
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_that_says_nothing_or_loses_events_is_noticed() {
    let world = World::new().await;
    let project = world.project("watched").await;
    project.activate().await;
    // From now on no watch says anything, without ending: as behind a dead NAT.
    world.proxy.inject(Rule::new("watch=true", Fault::HoldWatch, usize::MAX));
    world.proxy.cut();
    until("a watch that is held", || async { (world.proxy.injected() > 0).then_some(()) }).await;
    loses_its_pod(&world, &project).await;

    // Then watches begin anew, and the next one of pods leaves out what regards this project.
    world.proxy.heal();
    project.activate().await;
    let lost = Fault::LoseEvents { holding: project.deployment_name(), count: usize::MAX };
    let watches = || world.proxy.seen().iter().filter(|seen| is_of_pods(seen)).count();
    let (events, before) = (world.proxy.injected(), watches());
    world.proxy.inject(Rule::new("/pods?", lost, 1));
    world.proxy.cut();
    until("another watch of pods", || async { (watches() > before).then_some(()) }).await;
    loses_its_pod(&world, &project).await;
    assert!(world.proxy.injected() > events, "no event was lost");
    world.proxy.heal();
    project.delete().await;
    world.end().await;
}

fn is_of_pods(seen: &Seen) -> bool {
    seen.watches() && seen.path.contains("/pods?")
}

/// Its pod is deleted by hand; its successor answers, and what is shown and done is true, though nothing is announced.
async fn loses_its_pod(world: &World, project: &Project) {
    let name = project.pods().await[0].name_any();
    let pods: Api<Pod> = Api::namespaced(world.cluster.client.clone(), &project.namespace);
    pods.delete(&name, &DeleteParams::default()).await.unwrap();
    until("the successor", || async {
        let turn = project.send("@say again").await;
        (turn.status == 200).then_some(())
    })
    .await;
    project.call(Method::POST, "/deactivate").await.is(200);
    assert!(project.pods().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_are_named_and_heal_nothing_by_guessing() {
    let world = World::with(&[("KUBE_TOKEN", "not-a-token")]).await;
    let project = world.project("unauthorized").await;
    let began = Instant::now();
    let reply = project.call(Method::POST, "/activate").await;
    assert_eq!(reply.status, 503, "{}", reply.body);
    assert_eq!(reply.body["code"], "cluster_unreachable", "{}", reply.body);
    assert!(began.elapsed() < Duration::from_secs(10));
    let said = reply.body.to_string();
    assert!(said.contains("token") || said.contains("401") || said.contains("Unauthorized"), "{said}");
    assert!(!said.contains("not-a-token"), "{said}");
    let ready = world.api.get("/readyz").await.is(503);
    assert!(ready.to_string().contains("runtime"), "{ready}");
    assert_eq!(world.api.get("/healthz").await.status, 200);
    assert_eq!(project.get().await["failure"]["code"], json!("cluster_unreachable"));
    world.end().await;
}
