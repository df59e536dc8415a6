//! Relays are asked to try what the walls forbid.

use crate::relay::{Relay, admitted, hello, hub, project};
use gaggle_relay_protocol::{FromServer, Probe, Probed};
use serde_json::json;
use tokio::sync::mpsc;

#[tokio::test]
async fn every_linked_relay_is_asked_and_heard() {
    let hub = hub().await;
    let asked = Probe { forbidden: "10.0.0.1:1".parse().unwrap(), allowed: "10.0.0.1:2".parse().unwrap() };
    let (said, mut heard) = mpsc::unbounded_channel();
    hub.probe_with(asked, move |project, probed| said.send((project.clone(), probed)).unwrap());
    let _inbound = admitted(&hub).await;
    for incarnation in [1, 2] {
        let (mut relay, welcome) = Relay::call(&hub, "token", hello(incarnation, 1, 0)).await;
        assert!(matches!(welcome, Some(FromServer::Welcome { .. })), "{welcome:?}");
        assert_eq!(relay.next().await, Some(FromServer::Probe(asked)));
        relay.say(&json!({"type": "probed"})).await;
        relay.say(&json!({"type": "probed", "forbidden": incarnation == 1, "allowed": true})).await;
        let probed = Probed { forbidden: incarnation == 1, allowed: true };
        assert_eq!(heard.recv().await, Some((project(), probed)), "what is not whole is not heard");
    }
}
