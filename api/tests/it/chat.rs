use crate::world::{World, request};
use axum::body::Body;
use gaggle_testkit::Act;
use serde_json::{Value, json};

#[tokio::test]
async fn a_message_wakes_and_is_answered() {
    let world = World::new().await;
    let path = world.project("a").await;
    let turn = world.post(&format!("{path}/messages"), json!({ "text": "hi" })).await.ok(200).json();
    assert_eq!(
        (&turn["state"], &turn["stopReason"], &turn["text"]),
        (&json!("ended"), &json!("end_turn"), &json!("echo: hi"))
    );
    let id = turn["id"].as_str().unwrap();
    assert_eq!(world.get(&format!("{path}/turns/{id}")).await.ok(200).json(), turn);
    assert_eq!(world.get(&format!("{path}/turns")).await.ok(200).json()["items"][0]["id"], turn["id"]);
    let messages = world.get(&format!("{path}/messages")).await.ok(200).json();
    let said: Vec<_> =
        messages["items"].as_array().unwrap().iter().map(|m| m["parts"][0]["text"].clone()).collect();
    assert_eq!(said, ["hi", "echo: hi"]);
    world
        .call("PATCH", &format!("{path}/turns/{id}"), &json!({ "text": "x" }))
        .await
        .problem(409, "turn_started");
    world.call("DELETE", &format!("{path}/turns/{id}"), &json!({})).await.problem(409, "turn_started");
    for rest in ["cancel", "steer"] {
        world
            .post(&format!("{path}/{rest}"), json!({ "text": "x" }))
            .await
            .status
            .is_client_error()
            .then_some(())
            .unwrap();
    }
    world.post(&format!("{path}/cancel"), json!({})).await.problem(409, "no_running_turn");
    world.post(&format!("{path}/steer"), json!({ "text": "x" })).await.problem(409, "no_running_turn");
}

#[tokio::test]
async fn pages_of_the_transcript_join() {
    let world = World::new().await;
    let path = world.project("a").await;
    for n in 0..7 {
        // Ids of turns rise with the clock.
        world.clock.advance(std::time::Duration::from_millis(1));
        world.post(&format!("{path}/messages"), json!({ "text": format!("{n}") })).await.ok(200);
    }
    for name in ["before", "cursor"] {
        let (mut said, mut query) = (Vec::new(), String::new());
        let mut pages = 0;
        loop {
            let page = world.get(&format!("{path}/messages?limit=4{query}")).await.ok(200).json();
            let items = page["items"].as_array().unwrap();
            let texts = items.iter().map(|one| one["parts"][0]["text"].as_str().unwrap().to_owned());
            said.splice(0..0, texts);
            pages += 1;
            match page["nextCursor"].as_str() {
                Some(next) => query = format!("&{name}={next}"),
                None => break,
            }
        }
        let whole: Vec<String> = (0..7).flat_map(|n| [n.to_string(), format!("echo: {n}")]).collect();
        assert_eq!((said, pages), (whole, 4), "{name}");
    }
    world.get(&format!("{path}/messages?before=../x")).await.problem(422, "invalid_request");
}

#[tokio::test]
async fn a_failed_turn_is_a_problem_that_names_it() {
    let world = World::new().await;
    let path = world.project("a").await;
    world.gateway.script(|_| vec![Act::say("half"), Act::Crash { last: false }]);
    let answer = world.post(&format!("{path}/messages"), json!({ "text": "hi" })).await;
    assert!(answer.status.is_server_error(), "{}", answer.text);
    let problem = answer.json();
    let turn =
        world.get(&format!("{path}/turns/{}", problem["turnId"].as_str().unwrap())).await.ok(200).json();
    assert_eq!((&turn["stopReason"], &turn["text"]), (&json!("interrupted"), &json!("half")));
}

#[tokio::test]
async fn a_turns_own_stream_has_all_of_it_and_ends() {
    let world = World::new().await;
    let path = world.project("a").await;
    world.post(&format!("{path}/messages"), json!({ "text": "before" })).await.ok(200);
    for key in [None, Some("k")] {
        let mut wish = request("POST", &format!("{path}/messages")).header("accept", "text/event-stream");
        if let Some(key) = key {
            wish = wish.header("idempotency-key", key);
        }
        let wish = wish.header("content-type", "application/json").body(r#"{"text":"hi"}"#.into()).unwrap();
        let mut events = world.stream(wish).await;
        let seen = events.until("turn.ended").await;
        assert!(events.next().await.is_none(), "it ends after turn.ended");
        let kinds: Vec<&str> = seen.iter().map(|(_, kind, _)| kind.as_str()).collect();
        assert_eq!(kinds[..2], ["turn.queued", "turn.started"], "{kinds:?}");
        let said: String = seen
            .iter()
            .filter(|(_, kind, _)| kind == "message.delta")
            .map(|(_, _, data)| text(data))
            .collect();
        assert_eq!(said, "echo: hi");
        for (id, kind, data) in &seen {
            assert_eq!(
                (id.as_str(), kind.as_str()),
                (data["seq"].to_string().as_str(), data["type"].as_str().unwrap())
            );
        }
    }
    // The repeat of a key is the same turn's stream, though it is over.
    let wish = request("POST", &format!("{path}/messages"))
        .header("accept", "text/event-stream")
        .header("idempotency-key", "k");
    let wish = wish.header("content-type", "application/json").body(r#"{"text":"hi"}"#.into()).unwrap();
    world.stream(wish).await.until("turn.ended").await;
    assert_eq!(world.get(&format!("{path}/turns")).await.json()["items"].as_array().unwrap().len(), 3);
}

fn text(data: &Value) -> String {
    data["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_approval_is_asked_for_and_answered_once() {
    let world = World::new().await;
    let path = world.project("a").await;
    world.gateway.script(|_| vec![Act::ask("rm"), Act::say("done")]);
    let mut events =
        world.stream(request("GET", &format!("{path}/events")).body(Body::empty()).unwrap()).await;
    let messages = format!("{path}/messages");
    let send = world.post(&messages, json!({ "text": "hi" }));
    let answer = async {
        let asked = events.until("permission.requested").await.pop().unwrap().2["permission"].clone();
        let waiting = world.get("/api/users/alice/permissions?state=pending").await.ok(200).json();
        assert_eq!(waiting["items"][0]["id"], asked["id"]);
        let answer = format!("{path}/permissions/{}", asked["id"].as_str().unwrap());
        world.post(&answer, json!({ "optionId": "nonsense" })).await.problem(422, "invalid_request");
        let answered = world.post(&answer, json!({ "optionId": "allow_once" })).await.ok(200).json();
        assert_eq!(answered["state"], "answered");
        world
            .post(&answer, json!({ "optionId": "reject_once" }))
            .await
            .problem(409, "permission_already_answered");
    };
    let (turn, ()) = tokio::join!(send, answer);
    assert_eq!(turn.ok(200).json()["text"], "done");
    assert!(
        world.get("/api/users/alice/permissions?state=pending").await.json()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.get(&format!("{path}/permissions")).await.json()["items"][0]["optionId"], "allow_once");
}

#[tokio::test]
async fn waiting_messages_are_changed_taken_back_and_limited() {
    let world = World::new().await;
    let path = world.project("a").await;
    world.gateway.script(|_| vec![Act::Hold]);
    let queue = async |text: &str| {
        let wish = request("POST", &format!("{path}/messages")).header("prefer", "respond-async");
        let wish = wish.header("content-type", "application/json");
        world.send(wish.body(json!({ "text": text }).to_string().into()).unwrap()).await
    };
    let mut events =
        world.stream(request("GET", &format!("{path}/events")).body(Body::empty()).unwrap()).await;
    queue("runs").await.ok(202);
    events.until("turn.started").await;
    let waits = queue("waits").await.ok(202).json()["id"].as_str().unwrap().to_owned();
    let changed = world
        .call("PATCH", &format!("{path}/turns/{waits}"), &json!({ "text": "better" }))
        .await
        .ok(200)
        .json();
    assert_eq!(changed["prompt"], "better");
    let taken = world.call("DELETE", &format!("{path}/turns/{waits}"), &json!({})).await.ok(200).json();
    assert_eq!(taken["stopReason"], "cancelled");
    for n in 0..20 {
        queue(&format!("{n}")).await.ok(202);
    }
    queue("one too many").await.problem(409, "turn_queue_full");
    world.post(&format!("{path}/steer"), json!({ "text": "also" })).await.ok(200);
    let stopped = world.post(&format!("{path}/cancel"), json!({})).await.ok(200).json();
    assert_eq!(stopped["stopReason"], "cancelled");
}
