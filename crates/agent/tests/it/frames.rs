//! Every frame once and in order, whatever the connection does.

use crate::relay::{Relay, admission, admitted, connected, frame, hello, hub, inbound, numbered, project};
use gaggle_core::port::{AgentGateway as _, Inbound, LinkCursor};
use gaggle_relay_protocol::FromServer;
use serde_json::json;

#[tokio::test]
async fn a_cut_at_every_frame_loses_and_repeats_nothing() {
    const FRAMES: u64 = 40;
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    // The relay's spool: it sends all that is not acknowledged after each call, as relays do.
    let mut acknowledged = 0;
    for cut in 1..=FRAMES {
        let (mut relay, answer) = Relay::call(&hub, "token", hello(1, acknowledged + 1, cut)).await;
        assert_eq!(answer, Some(FromServer::Welcome { epoch: 3, received: acknowledged }));
        connected(&mut receiver).await;
        for n in acknowledged + 1..=cut {
            relay.frame(n).await;
        }
        assert_eq!(numbered(&mut receiver).await, cut);
        // Only every third is durable yet.
        if cut % 3 == 0 {
            acknowledged = cut;
            hub.acknowledge(&project(), LinkCursor { incarnation: 1, frame: cut });
            assert_eq!(relay.next().await, Some(FromServer::Ack { n: cut }));
        }
        drop(relay);
        assert_eq!(inbound(&mut receiver).await, Some(Inbound::Disconnected));
    }
}

#[tokio::test]
async fn a_repeated_frame_is_dropped_and_a_gap_is_said() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    for n in [1, 1, 2, 1, 5, 4, 6] {
        relay.frame(n).await;
    }
    assert_eq!((numbered(&mut receiver).await, numbered(&mut receiver).await), (1, 2));
    assert_eq!(inbound(&mut receiver).await, Some(Inbound::Missing { first: 5 }));
    assert_eq!((numbered(&mut receiver).await, numbered(&mut receiver).await), (5, 6));
}

#[tokio::test]
async fn a_spool_that_begins_too_late_is_missing_at_the_call() {
    let hub = hub().await;
    let mut receiver = hub.admit(&project(), admission("token", 2, 7)).await;
    let (mut relay, answer) = Relay::call(&hub, "token", hello(2, 12, 12)).await;
    assert_eq!(answer, Some(FromServer::Welcome { epoch: 3, received: 7 }));
    connected(&mut receiver).await;
    assert_eq!(inbound(&mut receiver).await, Some(Inbound::Missing { first: 12 }));
    relay.frame(12).await;
    assert_eq!(numbered(&mut receiver).await, 12);
}

#[tokio::test]
async fn a_new_server_goes_on_after_what_is_durable() {
    let hub = hub().await;
    let mut receiver = hub.admit(&project(), admission("token", 2, 7)).await;
    let (mut relay, _) = Relay::call(&hub, "token", hello(2, 3, 9)).await;
    connected(&mut receiver).await;
    // A relay that did not heed the welcome.
    for n in 3..=9 {
        relay.frame(n).await;
    }
    assert_eq!((numbered(&mut receiver).await, numbered(&mut receiver).await), (8, 9));
}

#[tokio::test]
async fn a_slow_core_slows_its_relay_alone_and_loses_nothing() {
    const FRAMES: u64 = 20_000;
    let hub = hub().await;
    let other = gaggle_shared::ProjectId::parse("p2").unwrap();
    let mut receiver = admitted(&hub).await;
    let mut quick = hub.admit(&other, admission("other", 0, 0)).await;
    let mut relay = Relay::welcomed(&hub).await;
    connected(&mut receiver).await;
    let padding = "x".repeat(2000);
    let flood = tokio::spawn(async move {
        for n in 1..=FRAMES {
            let mut frame = frame(n);
            frame["acp"]["params"]["padding"] = json!(padding);
            relay.say(&frame).await;
        }
        relay
    });
    // Nobody reads `receiver`: the other project does not notice.
    let (mut second, _) = Relay::call(&hub, "other", hello(1, 1, 0)).await;
    connected(&mut quick).await;
    second.frame(1).await;
    assert_eq!(numbered(&mut quick).await, 1);
    assert!(!flood.is_finished(), "40 MB fit into bounded queues");
    for n in 1..=FRAMES {
        assert_eq!(numbered(&mut receiver).await, n);
    }
    drop(flood.await.unwrap());
}

#[tokio::test]
async fn a_link_is_replaced_while_the_core_is_slow() {
    let hub = hub().await;
    let mut receiver = admitted(&hub).await;
    let mut relay = Relay::welcomed(&hub).await;
    for n in 1..=600 {
        relay.frame(n).await;
    }
    // The channel is full. The relay calls again, and is welcomed once there is room.
    let again = tokio::spawn({
        let hub = hub.clone();
        async move { Relay::call(&hub, "token", hello(1, 1, 600)).await }
    });
    connected(&mut receiver).await;
    let mut expected = 1;
    loop {
        match inbound(&mut receiver).await {
            Some(Inbound::Frame(frame)) => {
                assert_eq!(frame.cursor.frame, expected);
                expected += 1;
            }
            Some(Inbound::Disconnected) => break,
            other => panic!("{other:?}"),
        }
    }
    let (mut relay, answer) = again.await.unwrap();
    assert_eq!(answer, Some(FromServer::Welcome { epoch: 3, received: 0 }));
    connected(&mut receiver).await;
    for n in 1..=600 {
        relay.frame(n).await;
    }
    for n in expected..=600 {
        assert_eq!(numbered(&mut receiver).await, n);
    }
}
