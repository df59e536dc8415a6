use crate::harness::{Project, Reader, World};
use gaggle_shared::EventBody;
use serde_json::{Value, json};

/// Waits until so many were asked for; their ids, in this order.
pub(crate) async fn asked(reader: &Reader, count: usize) -> Vec<(String, Value)> {
    reader
        .once("approvals", |events| {
            let asked = events.iter().filter_map(|event| match &event.body {
                EventBody::PermissionRequested { permission } => {
                    Some((permission.id.to_string(), serde_json::to_value(permission).unwrap()))
                }
                _ => None,
            });
            let asked: Vec<_> = asked.collect();
            (asked.len() >= count).then_some(asked)
        })
        .await
}

pub(crate) async fn answer(project: &Project, id: &str, body: Value) -> Value {
    project.post(&format!("/permissions/{id}"), body).await.is(200)
}

/// A tool runs once it is allowed, and not before.
pub(crate) async fn allowed(world: &World) {
    let project = world.project_with("asks", json!({"mode": "approve"})).await;
    let reader = project.reader();
    let turn = project.begin("@shell touch allowed\n@say done").await;
    let (id, permission) = asked(&reader, 1).await.remove(0);
    let options: Vec<&str> =
        permission["options"].as_array().unwrap().iter().map(|o| o["id"].as_str().unwrap()).collect();
    assert_eq!(options, ["allow_always", "allow_once", "reject_once", "reject_always"]);
    assert!(!world.has(&project, "allowed").await);
    let activity = project.get().await["activity"].clone();
    assert_eq!(
        (&activity["state"], &activity["pendingPermissions"]),
        (&json!("waiting"), &json!([id])),
        "{activity}"
    );
    let answered = answer(&project, &id, json!({"optionId": "allow_once"})).await;
    assert_eq!((&answered["state"], &answered["optionId"]), (&json!("answered"), &json!("allow_once")));
    assert_eq!(reader.end_of(&turn).await, "done");
    assert!(world.has(&project, "allowed").await);
}

/// A tool that is rejected does not run, and the agent hears why.
pub(crate) async fn rejected_with_a_comment(world: &World) {
    let project = world.project_with("rejects", json!({"mode": "approve"})).await;
    let reader = project.reader();
    let turn = project.begin("@shell touch unwanted\n@say as you wish").await;
    let (id, _) = asked(&reader, 1).await.remove(0);
    let comment = "not there, use the attic";
    let answered = answer(&project, &id, json!({"optionId": "reject_once", "comment": comment})).await;
    assert_eq!(answered["comment"], comment);
    let said = reader.end_of(&turn).await;
    assert_eq!(project.ended(&turn).await["stopReason"], "end_turn", "{said}");
    assert!(!world.has(&project, "unwanted").await);
    // Where the turn was over too soon it is told in a turn of its own.
    reader
        .once("the comment's end", |events| {
            let ended =
                events.iter().filter(|event| matches!(event.body, EventBody::TurnEnded { .. })).count();
            let begun =
                events.iter().filter(|event| matches!(event.body, EventBody::TurnQueued { .. })).count();
            (ended == begun).then_some(())
        })
        .await;
    let heard = world.model.requests().iter().any(|seen| seen.prompt.contains(comment));
    assert!(heard, "{said}: {:#?}", world.model.requests());
}
