use crate::fixture::{full, plain};
use gaggle_runtime_kubernetes::objects::shuts_out;

#[test]
fn only_what_no_rule_lets_through_can_show_that_the_walls_stand() {
    let shut = |config, address: &str| shuts_out(config, address.parse().unwrap());
    let inside = plain();
    assert!(shut(&inside, "10.244.0.9:40123"), "any other port of the server's own pod");
    assert!(!shut(&inside, "10.244.0.9:3002"), "where relays call");
    assert!(!shut(&inside, "10.96.0.7:3002"), "the same by its Service");
    assert!(!shut(&inside, "203.0.113.9:40123"), "public addresses are open");
    assert!(shut(&inside, "[fd00::9]:40123") && !shut(&inside, "[2001:db8::9]:40123"));
    let told = full();
    assert!(!shut(&told, "10.9.1.1:40123"), "GAGGLE_EGRESS opens it");
    assert!(
        shut(&told, "198.51.100.7:40123") && shut(&told, "[2001:db8::9]:40123"),
        "blocked, though public"
    );
    let mut outside = plain();
    outside.network.server = None;
    outside.home.url = "wss://192.168.1.5:3002/relay".into();
    assert!(!shut(&outside, "192.168.1.5:3002") && shut(&outside, "192.168.1.5:3003"));
}
