//! Images that others have made: Goose is on their PATH, and the relay is put into them.

use crate::harness::{Project, World, env};
use reqwest::Method;

/// A server whose agents run in this image, and an agent that it has started.
async fn in_image(image: &str) -> (World, Project) {
    let relay = env("GAGGLE_TEST_AGENT_IMAGE");
    let more = [("ACR_IMAGE", image), ("GAGGLE_RELAY_INJECT", "auto"), ("GAGGLE_RELAY_IMAGE", &relay)];
    let world = World::with(&more).await;
    let project = world.project("elsewhere").await;
    project.activate().await;
    let pod = project.pods().await.remove(0).spec.unwrap();
    assert_eq!(pod.containers[0].image.as_deref(), Some(image));
    assert_eq!(pod.init_containers.unwrap()[0].image, Some(relay));
    (world, project)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_without_our_relay_gets_it_and_works_as_ours_does() {
    let (world, project) = in_image(&env("GAGGLE_TEST_FOREIGN_IMAGE")).await;
    let turn = project.say("@shell id -u; pwd; echo kept > note.txt\n@echo").await;
    let said = turn["text"].as_str().unwrap();
    assert!(
        said.contains("1000") && said.contains("/data/workspace"),
        "not as root, and on the volume: {said}"
    );
    project.call(Method::POST, "/deactivate").await.is(200);
    assert!(project.pods().await.is_empty());
    let turn = project.say("@shell cat note.txt\n@echo").await;
    assert!(turn["text"].as_str().unwrap().contains("kept"), "{turn}");
    project.delete().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_without_a_shell_gets_the_relay_too() {
    let (world, project) = in_image(&env("GAGGLE_TEST_DISTROLESS_IMAGE")).await;
    assert_eq!(project.say("@say here").await["text"].as_str().unwrap().trim(), "here");
    project.call(Method::POST, "/deactivate").await.is(200);
    assert_eq!(project.say("@say again").await["text"].as_str().unwrap().trim(), "again");
    project.delete().await;
    world.end().await;
}
