//! ACP for other clients, over a real socket.

use crate::{
    client::Acp,
    world::{World, request},
};
use axum::body::Body;
use gaggle_testkit::Act;
use serde_json::{Value, json};

/// A server with a project, and a client that has said hello.
async fn begin() -> (World, String, Acp) {
    let world = World::new().await;
    let path = world.project("a").await;
    let client = Acp::greeted(world.listen().await, &format!("{path}/acp"), &[]).await;
    (world, path, client)
}

#[tokio::test]
async fn a_prompt_wakes_the_project_streams_and_is_in_the_transcript() {
    let (world, path, mut client) = begin().await;
    let session = client.session().await;
    assert_eq!(world.get(&path).await.json()["phase"], "inactive", "a session wakes nobody");
    let prompt = client.prompt(&session, "hi").await;
    let ended = client.end_of(prompt).await.unwrap();
    assert_eq!(ended["stopReason"], "end_turn");
    assert_eq!(client.said(&session, "agent_message_chunk"), "echo: hi");
    assert_eq!(client.said(&session, "user_message_chunk"), "", "its own words are not sent back");
    let turn = ended["_meta"]["gaggle"]["turnId"].as_str().unwrap();
    let turn = world.get(&format!("{path}/turns/{turn}")).await.ok(200).json();
    assert_eq!((&turn["text"], &turn["sessionId"]), (&json!("echo: hi"), &json!(session)));
}

#[tokio::test]
async fn what_the_page_says_in_a_loaded_session_is_heard_and_all_of_it_is_replayed() {
    let (world, path, mut client) = begin().await;
    let session = client.session().await;
    for text in ["one", "two"] {
        let said = json!({"text": text, "sessionId": session});
        world.post(&format!("{path}/messages"), said).await.ok(200);
    }
    client
        .until("both answers", |one| one.said(&session, "agent_message_chunk") == "echo: oneecho: two")
        .await;
    assert_eq!(client.said(&session, "user_message_chunk"), "onetwo");

    let mut other = Acp::greeted(world.listen().await, &format!("{path}/acp"), &[]).await;
    let load = json!({"sessionId": session, "cwd": "/x", "mcpServers": []});
    let loaded = other.call("session/load", load.clone()).await.unwrap();
    assert_eq!(loaded["modes"]["currentModeId"], "smart_approve");
    // As the transcript has it: here the clock stands, so the two may be either way round.
    let transcript = world.get(&format!("{path}/messages?sessionId={session}")).await.ok(200).json();
    let of = |role: &str| -> String {
        let items = transcript["items"].as_array().unwrap().iter();
        items.filter(|one| one["role"] == role).map(|one| one["parts"][0]["text"].as_str().unwrap()).collect()
    };
    assert_eq!(other.said(&session, "user_message_chunk"), of("user"));
    assert_eq!(other.said(&session, "agent_message_chunk"), of("assistant"));
    assert_eq!(of("assistant").len(), "echo: oneecho: two".len());
    let mut quiet = Acp::greeted(world.listen().await, &format!("{path}/acp"), &[]).await;
    quiet.call("session/resume", load).await.unwrap();
    assert!(quiet.of("agent_message_chunk").is_empty());
    let prompt = quiet.prompt(&session, "three").await;
    quiet.end_of(prompt).await.unwrap();
    assert_eq!(quiet.said(&session, "agent_message_chunk"), "echo: three");
}

#[tokio::test]
async fn what_is_said_while_a_long_transcript_is_told_leaves_no_gap() {
    let (world, path, mut client) = begin().await;
    let session = client.session().await;
    let long = "x".repeat(40 * 1024);
    let say = async |text: String| {
        world.clock.advance(std::time::Duration::from_millis(1));
        let said = json!({"text": text, "sessionId": session});
        world.post(&format!("{path}/messages"), said).await.ok(200);
    };
    // More than lies between a server and a client that does not read.
    for n in 0..60 {
        say(format!("{n}:{long}")).await;
    }
    drop(client);
    let narrow = tokio::net::TcpSocket::new_v4().unwrap();
    narrow.set_recv_buffer_size(4096).unwrap();
    let narrow = narrow.connect(world.listen().await).await.unwrap();
    let mut client = Acp::over(narrow, &format!("{path}/acp"), &[]).await.unwrap();
    client.call("initialize", json!({"protocolVersion": 1})).await.unwrap();
    let params = json!({"sessionId": session, "cwd": "/x", "mcpServers": []});
    let load = client.start("session/load", params).await;
    client.until("the first message", |one| !one.updates.is_empty()).await;
    for n in 60..100 {
        say(format!("{n}:")).await;
    }
    client.end_of(load).await.unwrap();
    client
        .until("the last one", |one| one.said(&session, "agent_message_chunk").ends_with("echo: 99:"))
        .await;
    let heard = |kind: &str, before: &str| -> Vec<String> {
        let of_kind = client.of(kind).into_iter().map(|update| update["content"]["text"].as_str().unwrap());
        of_kind.map(|text| text.strip_prefix(before).unwrap().split(':').next().unwrap().to_owned()).collect()
    };
    let all: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    assert_eq!(heard("user_message_chunk", ""), all);
    assert_eq!(heard("agent_message_chunk", "echo: "), all);
}

#[tokio::test]
async fn who_loads_in_mid_turn_hears_all_of_it_once() {
    let (world, path, mut client) = begin().await;
    world.gateway.script(|_| vec![Act::say("one "), Act::Hold, Act::say("two")]);
    let session = client.session().await;
    client.prompt(&session, "hi").await;
    client.until("the first word", |one| one.said(&session, "agent_message_chunk") == "one ").await;
    drop(client);
    let mut client = Acp::greeted(world.listen().await, &format!("{path}/acp"), &[]).await;
    client.call("session/load", json!({"sessionId": session, "cwd": "/x", "mcpServers": []})).await.unwrap();
    assert_eq!(client.said(&session, "agent_message_chunk"), "one ");
    assert_eq!(client.said(&session, "user_message_chunk"), "hi");
    let id = gaggle_shared::ProjectId::parse(path.rsplit('/').next().unwrap()).unwrap();
    world.gateway.resume(&id);
    client.until("the rest", |one| one.said(&session, "agent_message_chunk") == "one two").await;
    let turns = world.get(&format!("{path}/turns?limit=1")).await.json();
    let turn = turns["items"][0]["id"].as_str().unwrap();
    let wait = request("GET", &format!("{path}/turns/{turn}")).header("prefer", "wait=30");
    let turn = world.send(wait.body(Body::empty()).unwrap()).await.ok(200).json();
    assert_eq!((&turn["stopReason"], &turn["text"]), (&json!("end_turn"), &json!("one two")));
}

#[tokio::test]
async fn an_approval_is_answered_by_the_client_or_elsewhere() {
    let (world, path, mut client) = begin().await;
    world.gateway.script(|_| vec![Act::ask("rm"), Act::say("done")]);
    let session = client.session().await;
    let prompt = client.prompt(&session, "hi").await;
    let asked = client.asked().await;
    assert_eq!(asked["params"]["sessionId"], session);
    client.choose(&asked, "allow_once").await;
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "end_turn");
    let list = world.get(&format!("{path}/permissions")).await.json();
    assert_eq!(
        (&list["items"][0]["state"], &list["items"][0]["optionId"]),
        (&json!("answered"), &json!("allow_once"))
    );

    let prompt = client.prompt(&session, "again").await;
    let asked = client.asked().await;
    let id = asked["params"]["_meta"]["gaggle"]["permissionId"].as_str().unwrap();
    world.post(&format!("{path}/permissions/{id}"), json!({"optionId": "reject_once"})).await.ok(200);
    client.until("the question's end", |one| !one.notes.is_empty()).await;
    assert_eq!(client.notes[0]["method"], "$/cancel_request");
    assert_eq!(client.notes[0]["params"]["requestId"], asked["id"]);
    // Too late: the first answer stands.
    client.choose(&asked, "allow_once").await;
    client.end_of(prompt).await.unwrap();
    let list = world.get(&format!("{path}/permissions")).await.json();
    let stands = list["items"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
    assert_eq!(stands["optionId"], "reject_once");
}

#[tokio::test]
async fn a_cancel_ends_the_turn_and_what_waits_behind_it() {
    let (world, _, mut client) = begin().await;
    world.gateway.script(|_| vec![Act::say("one"), Act::Hold, Act::say("two")]);
    let session = client.session().await;
    let (running, waiting) = (client.prompt(&session, "a").await, client.prompt(&session, "b").await);
    client.until("the first word", |one| one.said(&session, "agent_message_chunk") == "one").await;
    client.notify("session/cancel", json!({"sessionId": session})).await;
    assert_eq!(client.end_of(waiting).await.unwrap()["stopReason"], "cancelled");
    assert_eq!(client.end_of(running).await.unwrap()["stopReason"], "cancelled");
    assert_eq!(client.said(&session, "agent_message_chunk"), "one");
}

#[tokio::test]
async fn who_closes_a_session_ends_its_own_prompts_and_nobody_elses_turn() {
    let (world, path, mut client) = begin().await;
    world.gateway.script(|_| vec![Act::say("one"), Act::Hold, Act::say("two")]);
    let session = client.session().await;
    let of_page = json!({"text": "of the page", "sessionId": session});
    let said = request("POST", &format!("{path}/messages")).header("prefer", "respond-async");
    let said = said.header("content-type", "application/json").body(Body::from(of_page.to_string())).unwrap();
    let running = world.send(said).await.ok(202).json();
    client.until("the first word", |one| one.said(&session, "agent_message_chunk") == "one").await;
    let waiting = client.prompt(&session, "mine").await;
    client.call("session/close", json!({"sessionId": session})).await.unwrap();
    assert_eq!(client.end_of(waiting).await.unwrap()["stopReason"], "cancelled");
    let turn = format!("{path}/turns/{}", running["id"].as_str().unwrap());
    assert_eq!(world.get(&turn).await.ok(200).json()["state"], "running");
    // The same where it takes back one prompt only.
    client.call("session/load", json!({"sessionId": session, "cwd": "/x", "mcpServers": []})).await.unwrap();
    let waiting = client.prompt(&session, "mine again").await;
    client.notify("$/cancel_request", json!({"requestId": waiting})).await;
    assert_eq!(client.end_of(waiting).await.unwrap()["stopReason"], "cancelled");
    assert_eq!(world.get(&turn).await.ok(200).json()["state"], "running");
    let id = gaggle_shared::ProjectId::parse(path.rsplit('/').next().unwrap()).unwrap();
    world.gateway.resume(&id);
    client.until("the rest", |one| one.said(&session, "agent_message_chunk").ends_with("two")).await;
}

#[tokio::test]
async fn who_closes_a_session_in_mid_turn_ends_the_turn_and_what_was_asked() {
    let (world, path, mut client) = begin().await;
    world.gateway.script(|_| vec![Act::ask("rm"), Act::say("done")]);
    let session = client.session().await;
    let prompt = client.prompt(&session, "hi").await;
    let asked = client.asked().await;
    client.call("session/close", json!({"sessionId": session})).await.unwrap();
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "cancelled");
    assert_eq!(client.notes.len(), 1, "{:?}", client.notes);
    assert_eq!(client.notes[0]["method"], "$/cancel_request");
    assert_eq!(client.notes[0]["params"]["requestId"], asked["id"]);
    let list = world.get(&format!("{path}/permissions")).await.json();
    assert_eq!(list["items"][0]["state"], "cancelled", "{list}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_stored_is_asked_for_again() {
    let (world, path, mut client) = begin().await;
    world.gateway.script(|_| vec![Act::ask("rm"), Act::say("done")]);
    let session = client.session().await;
    let prompt = client.prompt(&session, "hi").await;
    let asked = client.asked().await;
    world.faults.set_full(true);
    client.choose(&asked, "allow_once").await;
    // It is served meanwhile.
    let listed = client.call("session/list", json!({})).await;
    assert!(listed.is_ok() && client.asked.is_empty(), "{listed:?}");
    let again = client.asked().await;
    assert_eq!(again["id"], asked["id"]);
    world.faults.set_full(false);
    client.choose(&again, "allow_once").await;
    assert_eq!(client.end_of(prompt).await.unwrap()["stopReason"], "end_turn");
    let list = world.get(&format!("{path}/permissions")).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["state"], "answered");
}

#[tokio::test]
async fn sessions_are_listed_closed_and_deleted_and_have_modes() {
    let (world, path, mut client) = begin().await;
    let session = client.session().await;
    let listed = client.call("session/list", json!({"cwd": "/home/me/code"})).await.unwrap();
    let rows = listed["sessions"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2, "the default one and this");
    assert_eq!((&rows[0]["sessionId"], &rows[0]["cwd"]), (&json!(session), &json!("/home/me/code")));
    client.call("session/set_mode", json!({"sessionId": session, "modeId": "auto"})).await.unwrap();
    assert_eq!(client.of("current_mode_update")[0]["currentModeId"], "auto");
    let bad = client.call("session/set_mode", json!({"sessionId": session, "modeId": "turbo"})).await;
    assert_eq!(bad.unwrap_err()["code"], -32602);
    let prompt = client.prompt(&session, "hi").await;
    client.end_of(prompt).await.unwrap();
    let sessions = world.get(&format!("{path}/sessions")).await.json();
    assert_eq!(sessions["items"][1]["mode"], "auto");
    client.call("session/close", json!({"sessionId": session})).await.unwrap();
    let said = json!({"text": "unheard", "sessionId": session});
    world.post(&format!("{path}/messages"), said).await.ok(200);
    let closed = client.prompt(&session, "hi").await;
    assert_eq!(client.end_of(closed).await.unwrap_err()["code"], -32600, "it is to be loaded first");
    assert!(!client.said(&session, "user_message_chunk").contains("unheard"));
    client.call("session/delete", json!({"sessionId": session})).await.unwrap();
    let gone = client.call("session/load", json!({"sessionId": session, "cwd": "/", "mcpServers": []})).await;
    assert_eq!(gone.unwrap_err()["data"]["code"], "session_not_found");
}

#[tokio::test]
async fn a_prompt_under_a_key_runs_once_and_a_failed_turn_is_an_error() {
    let (world, path, mut client) = begin().await;
    let session = client.session().await;
    let params = json!({"sessionId": session, "prompt": [{"type": "text", "text": "hi"}],
        "_meta": {"gaggle": {"idempotencyKey": "k"}}});
    let first = client.call("session/prompt", params.clone()).await.unwrap();
    let again = client.call("session/prompt", params.clone()).await.unwrap();
    assert_eq!(first["_meta"]["gaggle"]["turnId"], again["_meta"]["gaggle"]["turnId"]);
    let mut other = params;
    other["prompt"][0]["text"] = json!("other");
    let error = client.call("session/prompt", other).await.unwrap_err();
    assert_eq!(error["data"]["code"], "idempotency_key_reused");
    world.gateway.script(|_| vec![Act::say("half"), Act::Crash { last: false }]);
    let prompt = client.prompt(&session, "x").await;
    let error = client.end_of(prompt).await.unwrap_err();
    assert_eq!(error["data"]["code"], "agent_disconnected", "{error}");
    let turn = error["data"]["turnId"].as_str().unwrap();
    world.get(&format!("{path}/turns/{turn}")).await.ok(200);
}

#[tokio::test]
async fn bad_messages_get_errors_and_end_nothing() {
    let world = World::new().await;
    let path = world.project("a").await;
    let at = format!("{path}/acp");
    let address = world.listen().await;
    let mut client = Acp::connect(address, &at, &[]).await.unwrap();
    let early = client.call("session/new", json!({"cwd": "/", "mcpServers": []})).await;
    assert_eq!(early.unwrap_err()["code"], -32600, "initialize comes first");
    client.call("initialize", json!({"protocolVersion": 7})).await.unwrap();
    assert_eq!(client.call("session/fly", json!({})).await.unwrap_err()["code"], -32601);
    for (method, params, code) in [
        ("session/prompt", json!({"sessionId": "s1", "prompt": []}), -32002),
        ("session/prompt", json!({"prompt": []}), -32602),
        ("session/load", json!({"sessionId": "../x", "cwd": "/", "mcpServers": []}), -32002),
        ("session/close", json!([]), -32602),
    ] {
        assert_eq!(client.call(method, params.clone()).await.unwrap_err()["code"], code, "{method} {params}");
    }
    let session = client.session().await;
    let empty = client.prompt(&session, " ").await;
    assert_eq!(client.end_of(empty).await.unwrap_err()["data"]["code"], "invalid_request");
    for text in ["{", "[]", "nonsense"] {
        client.send_text(text).await;
    }
    client.send(&json!({"jsonrpc": "2.0", "id": "permission:nobody", "result": {}})).await;
    client.notify("session/cancel", json!({"sessionId": "s1"})).await;
    let prompt = client.prompt(&session, "still here").await;
    client.end_of(prompt).await.unwrap();
    // Longer than a body may be: the connection ends, the server does not.
    let mut huge = Acp::connect(address, &at, &[]).await.unwrap();
    huge.send_text(&"x".repeat(2 << 20)).await;
    while huge.read().await {}
    world.get("/healthz").await.ok(200);
}

#[tokio::test]
async fn strangers_and_too_many_are_turned_away() {
    let (world, path, _client) = begin().await;
    let (address, at) = (world.listen().await, format!("{path}/acp"));
    let refused = |headers: Vec<(&'static str, &'static str)>| {
        let at = at.clone();
        async move { Acp::connect(address, &at, &headers).await.err().map(|(status, _)| status) }
    };
    assert_eq!(refused(vec![("origin", "http://evil.example")]).await, Some(403));
    assert_eq!(refused(vec![("host", "evil.example")]).await, Some(403));
    let missing = Acp::connect(address, "/api/users/alice/projects/p1/acp", &[]).await.err();
    assert_eq!(missing.map(|(status, _)| status), Some(404));
    let foreign = at.replace("/alice/", "/bob/");
    assert_eq!(Acp::connect(address, &foreign, &[]).await.err().map(|(status, _)| status), Some(404));
    world.get(&at).await.problem(426, "invalid_request");
    let mut many = Vec::new();
    let (status, body) = loop {
        match Acp::connect(address, &at, &[]).await {
            Ok(client) => many.push(client),
            Err(refusal) => break refusal,
        }
        assert!(many.len() <= 16, "there is no bound");
    };
    assert_eq!((status, many.len()), (429, 15), "with the first that is there");
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["code"], "rate_limited");
}

#[tokio::test]
async fn the_end_of_the_server_or_of_the_project_ends_the_connection() {
    let (world, path, mut client) = begin().await;
    let session = client.session().await;
    let prompt = client.prompt(&session, "hi").await;
    client.end_of(prompt).await.unwrap();
    let other = world.project("b").await;
    let mut stays = Acp::greeted(world.listen().await, &format!("{other}/acp"), &[]).await;
    world.call("DELETE", &path, &json!({})).await.ok(200);
    while client.read().await {}
    stays.session().await;
    world.app.closing.cancel();
    while stays.read().await {}
}
