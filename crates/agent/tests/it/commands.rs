//! Every command until it is done, in order.

use crate::relay::{Relay, admission, admitted, connected, hello, hub, inbound, project};
use gaggle_core::port::{AgentCommand, AgentEvent, AgentGateway as _, Inbound};
use gaggle_shared::TurnId;
use serde_json::json;

fn cancel(n: usize) -> AgentCommand {
    AgentCommand::Cancel { turn: TurnId::parse(&format!("t{n}")).unwrap(), agent_session: "g1".into() }
}

#[tokio::test]
async fn what_waits_is_sent_in_order_at_the_call_and_again_until_it_is_done() {
    let hub = hub().await;
    let mut receiver = hub.admit(&project(), admission("token", 1, 0)).await;
    for n in [1, 2, 2, 3] {
        hub.send(&project(), cancel(n));
    }
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    for n in 1..=3 {
        assert_eq!(relay.command().await, format!("cancel:t{n}"));
    }
    relay.done("cancel:t2").await;
    // Frames follow `done` on the same connection: once this one is there, so is that.
    relay.frame(1).await;
    assert!(matches!(inbound(&mut receiver).await, Some(Inbound::Frame(_))));
    drop(relay);
    assert_eq!(inbound(&mut receiver).await, Some(Inbound::Disconnected));
    hub.send(&project(), cancel(4));
    let (mut relay, _) = Relay::call(&hub, "token", hello(1, 2, 1)).await;
    for n in [1, 3, 4] {
        assert_eq!(relay.command().await, format!("cancel:t{n}"));
    }
    hub.send(&project(), cancel(5));
    assert_eq!(relay.command().await, "cancel:t5");
}

#[tokio::test]
async fn what_is_sent_again_after_a_refusal_is_not_taken_for_what_was_refused() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    hub.send(&project(), cancel(1));
    assert_eq!(relay.command().await, "cancel:t1");
    let refused = json!({"note": "refused", "id": "cancel:t1", "turnId": null, "reason": "no_agent"});
    relay.say(&json!({"type": "frame", "n": 1, "at": 0, "note": refused})).await;
    let Some(Inbound::Frame(frame)) = inbound(&mut receiver).await else { panic!("nothing was refused") };
    assert!(matches!(frame.event, AgentEvent::Refused { .. }), "{frame:?}");
    // It is said to be done only after this.
    hub.send(&project(), cancel(1));
    relay.done("cancel:t1").await;
    assert_eq!(relay.command().await, "cancel:t1");
}

#[tokio::test]
async fn the_next_relay_gets_no_commands_that_were_meant_for_the_one_before() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    drop(relay);
    assert_eq!(inbound(&mut receiver).await, Some(Inbound::Disconnected));
    hub.send(&project(), cancel(1));
    let (mut next, _) = Relay::call(&hub, "token", hello(2, 1, 0)).await;
    connected(&mut receiver).await;
    hub.send(&project(), cancel(2));
    assert_eq!(next.command().await, "cancel:t2");
}

#[tokio::test]
async fn a_new_admission_begins_without_the_commands_of_the_one_before() {
    let hub = hub().await;
    let _before = admitted(&hub).await;
    hub.send(&project(), cancel(1));
    let _after = hub.admit(&project(), admission("newer", 1, 0)).await;
    hub.send(&project(), cancel(2));
    let (mut relay, _) = Relay::call(&hub, "newer", hello(1, 1, 0)).await;
    assert_eq!(relay.command().await, "cancel:t2");
    hub.dismiss(&project()).await;
    hub.send(&project(), cancel(3));
    let _again = hub.admit(&project(), admission("third", 1, 0)).await;
    hub.send(&project(), cancel(4));
    let (mut relay, _) = Relay::call(&hub, "third", hello(1, 1, 0)).await;
    assert_eq!(relay.command().await, "cancel:t4");
}

#[tokio::test]
async fn too_many_that_wait_break_the_admission_off() {
    let hub = hub().await;
    hub.ready();
    let mut receiver = admitted(&hub).await;
    for n in 0..1024 {
        hub.send(&project(), cancel(n));
    }
    assert!(receiver.try_recv().is_err() && !receiver.is_closed());
    hub.send(&project(), cancel(1024));
    assert_eq!(inbound(&mut receiver).await, None);
    // Its relay is not sent away: the project may be admitted again.
    let (_, answer) = Relay::call(&hub, "token", hello(1, 1, 0)).await;
    assert_eq!(answer, Some(gaggle_relay_protocol::FromServer::Later));
    let mut receiver = admitted(&hub).await;
    let _relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
}
