//! Relays are asked for files of their workspaces.

use crate::relay::{Relay, admitted, connected, hello, hub, project};
use gaggle_agent::Hub;
use gaggle_core::port::{AgentCommand, AgentGateway as _, Inbound, LookError};
use gaggle_relay_protocol::{Find, FromServer, Hello};
use serde_json::json;
use std::time::Duration;
use tokio::{sync::mpsc, task::JoinHandle};

type Looked = JoinHandle<Result<Vec<String>, LookError>>;

fn look(hub: &Hub, wanted: &'static str, limit: usize) -> Looked {
    let hub = hub.clone();
    tokio::spawn(async move { hub.files(&project(), wanted, limit).await })
}

/// A relay that finds.
async fn linked(hub: &Hub) -> (Relay, mpsc::Receiver<Inbound>) {
    let mut inbound = admitted(hub).await;
    let (relay, _) = Relay::call(hub, "token", Hello { finds: true, ..hello(1, 1, 0) }).await;
    connected(&mut inbound).await;
    (relay, inbound)
}

async fn asked(relay: &mut Relay) -> Find {
    match relay.next().await {
        Some(FromServer::Find(asked)) => asked,
        other => panic!("it was not asked: {other:?}"),
    }
}

#[tokio::test]
async fn a_relay_is_asked_and_its_answer_held_to_what_was_asked() {
    let hub = hub().await;
    let (mut relay, _inbound) = linked(&hub).await;
    let looked = look(&hub, "main", 3);
    let Find { question, wanted, limit } = asked(&mut relay).await;
    assert_eq!((wanted.as_str(), limit), ("main", 3));
    relay.say(&json!({"type": "found", "question": question})).await;
    relay.say(&json!({"type": "found", "question": question + 1, "paths": ["another"]})).await;
    let paths = ["a", "b\u{1b}[2J", &"c".repeat(1025), "d"];
    relay.say(&json!({"type": "found", "question": question, "paths": paths})).await;
    assert_eq!(looked.await.unwrap(), Ok(vec!["a".to_owned()]));
    // Nobody waits for it any more.
    relay.say(&json!({"type": "found", "question": question, "paths": paths})).await;
    let looked = look(&hub, "", usize::MAX);
    let Find { question, limit, .. } = asked(&mut relay).await;
    assert_eq!(limit, 200);
    relay.say(&json!({"type": "found", "question": question, "paths": []})).await;
    assert_eq!(looked.await.unwrap(), Ok(vec![]));
}

#[tokio::test]
async fn a_relay_of_an_older_release_is_not_asked() {
    let hub = hub().await;
    assert_eq!(hub.files(&project(), "a", 9).await, Err(LookError::NotLinked));
    let mut inbound = admitted(&hub).await;
    assert_eq!(hub.files(&project(), "a", 9).await, Err(LookError::NotLinked));
    // As it comes from one that knows nothing of it.
    let mut words = serde_json::to_value(hello(1, 1, 0)).unwrap();
    words.as_object_mut().unwrap().remove("finds").unwrap();
    let mut relay = Relay::call(&hub, "token", serde_json::from_value(words).unwrap()).await.0;
    connected(&mut inbound).await;
    assert_eq!(hub.files(&project(), "a", 9).await, Err(LookError::TooOld));
    hub.send(&project(), AgentCommand::Stop { grace: Duration::ZERO });
    assert_eq!(relay.command().await, "stop", "and nothing before it");
}

#[tokio::test]
async fn questions_wait_for_their_place_and_end_with_the_link() {
    let hub = hub().await;
    let (mut relay, _inbound) = linked(&hub).await;
    let first = look(&hub, "1", 9);
    let one = asked(&mut relay).await;
    let second = look(&hub, "2", 9);
    asked(&mut relay).await;
    // Who asked leaves: the relay has the question still.
    second.abort();
    let third = look(&hub, "3", 9);
    relay.say(&json!({"type": "found", "question": one.question, "paths": ["x"]})).await;
    assert_eq!(first.await.unwrap(), Ok(vec!["x".to_owned()]));
    assert_eq!(asked(&mut relay).await.wanted, "3");
    let fourth = look(&hub, "4", 9);
    drop(relay);
    for ended in [third, fourth] {
        assert_eq!(ended.await.unwrap(), Err(LookError::NotLinked));
    }
}
