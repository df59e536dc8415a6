//! Files of a workspace that lies on a pod's volume.

use crate::harness::World;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_an_agent_made_in_its_pod_are_found_while_it_is_awake() {
    let world = World::new().await;
    let project = world.project("files").await;
    let look = async |wanted: &str| project.call(Method::GET, &format!("/files?q={wanted}")).await;
    let asleep = look("found").await.is(404);
    assert_eq!(asleep["code"], "not_supported_by_runtime", "{asleep}");
    assert!(asleep["detail"].as_str().unwrap().contains("not awake"), "{asleep}");
    assert!(asleep["hint"].as_str().unwrap().contains("send it a message"), "{asleep}");
    assert_eq!(project.get().await["phase"], "inactive", "looking wakes nobody");

    project.say("@tool write {\"path\":\"src/found.txt\",\"content\":\"x\"}\n@say done").await;
    let hide =
        "mkdir .git out; touch .found out/found.o; echo /out > .gitignore; ln -s / found; mkfifo pipe.found";
    project.say(&format!("@shell {hide}\n@say done")).await;
    let files = look("FOUND").await.is(200);
    assert_eq!(files["items"], json!([{"path": "src/found.txt"}]), "{files}");
    assert_eq!(look("nothing").await.is(200)["items"], json!([]));

    project.call(Method::POST, "/deactivate").await.is(200);
    assert_eq!(look("found").await.is(404)["detail"], asleep["detail"]);
    assert!(project.pods().await.is_empty(), "looking wakes nobody");
    project.delete().await;
    world.end().await;
}
