use crate::harness::World;
use gaggle_shared::EventBody;
use gaggle_testkit::model::words;
use reqwest::Method;
use serde_json::json;

/// A turn that is cancelled keeps what it said, and its tool is ended.
pub(crate) async fn cancelled(world: &World) {
    let project = world.project("cancel").await;
    let reader = project.reader();
    let waiting = project.waiting("@words 50 hold=20");
    let turn = reader
        .until("a turn", |body| match body {
            EventBody::TurnStarted { turn } => Some(turn.id.to_string()),
            _ => None,
        })
        .await;
    reader.words(&turn, 20).await;
    let cancelled = project.post("/cancel", json!({})).await.is(200);
    assert_eq!((&cancelled["id"], &cancelled["stopReason"]), (&json!(turn), &json!("cancelled")));
    assert_eq!(cancelled["text"].as_str().unwrap().trim(), words(20));
    let waited = waiting.await.unwrap().unwrap().is(200);
    assert_eq!(waited["stopReason"], "cancelled");
    assert_eq!(project.post("/cancel", json!({})).await.is(409)["code"], "no_running_turn");

    let turn = project.begin("@shell touch began; exec sleep 4711\n@say never").await;
    let tool = |body: &EventBody| matches!(body, EventBody::ToolCall { .. }).then_some(());
    reader.until("a tool", tool).await;
    let cancelled = project.post("/cancel", json!({})).await.is(200);
    assert_eq!((&cancelled["id"], &cancelled["stopReason"]), (&json!(turn), &json!("cancelled")));
    assert_eq!(project.say("@say next").await["text"].as_str().unwrap().trim(), "next");
    let runs = world.runs(&project).await;
    assert!(!runs.iter().any(|command| command.contains("sleep 4711")), "{runs:#?}");
}

/// What is said while a turn runs reaches it.
pub(crate) async fn steered(world: &World) {
    let project = world.project("steer").await;
    let reader = project.reader();
    let turn = project.begin("@words 20 hold=10").await;
    reader.words(&turn, 10).await;
    let steered = project.post("/steer", json!({"text": "and think of the salt"})).await.is(200);
    assert_eq!(steered["id"], turn.as_str());
    world.model.release();
    let said = reader.end_of(&turn).await;
    assert!(said.starts_with(&words(20)), "{said}");
    assert!(said.ends_with("You said: and think of the salt"), "{said}");
    let messages = project.api.get(&project.path("/messages")).await.is(200);
    let mine = messages["items"].as_array().unwrap().iter().filter(|message| message["role"] == "user");
    assert_eq!(mine.count(), 2, "{messages}");
}

/// Waiting messages run in order, changed, or not at all.
pub(crate) async fn queued(world: &World) {
    let project = world.project("queue").await;
    let reader = project.reader();
    let first = project.begin("@words 10 hold=5").await;
    reader.words(&first, 5).await;
    let changed = project.begin("@say as it was").await;
    let gone = project.begin("@say taken back").await;
    let last = project.begin("@say last").await;
    let path = project.path(&format!("/turns/{changed}"));
    let body = Some(json!({"text": "@say as it is"}));
    project.api.call(Method::PATCH, &path, body, None).await.unwrap().is(200);
    project.call(Method::DELETE, &format!("/turns/{gone}")).await.is(200);
    let started = project.call(Method::DELETE, &format!("/turns/{first}")).await;
    assert_eq!(started.is(409)["code"], "turn_started");
    world.model.release();
    assert_eq!(reader.end_of(&last).await, "last");
    assert_eq!(reader.end_of(&changed).await, "as it is");
    assert_eq!(reader.end_of(&first).await, words(10));
    let prompts: Vec<String> = world.model.requests().into_iter().map(|seen| seen.prompt).collect();
    assert!(!prompts.iter().any(|prompt| prompt.contains("taken back") || prompt.contains("as it was")));
    let (a, b) = (project.turn(&changed).await, project.turn(&last).await);
    assert!(a["endedAt"].as_str().unwrap() <= b["startedAt"].as_str().unwrap(), "{a} {b}");
}

/// Who puts a project to sleep cancels its turn and fails what waits.
pub(crate) async fn deactivated(world: &World) {
    let project = world.project("stops").await;
    let reader = project.reader();
    let running = project.begin("@words 20 hold=10").await;
    reader.words(&running, 10).await;
    let waiting = project.begin("@say never").await;
    project.call(Method::POST, "/deactivate").await.is(200);
    assert_eq!(world.runs(&project).await, Vec::<String>::new());
    assert_eq!(project.ended(&running).await["stopReason"], "cancelled");
    assert_eq!(project.ended(&waiting).await["failure"]["code"], "project_deactivated");
}
