//! What is said of a cluster that cannot be reached.

use gaggle_runtime_kubernetes::{
    Connection, Credentials,
    client::Secret,
    config::{AccessMode, PullPolicy},
    examine::{Wanted, examine},
};
use gaggle_shared::{Finding, FindingState};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

async fn look(credentials: Credentials) -> Vec<Finding> {
    let wanted = Wanted {
        image: "gaggle/agent:dev".into(),
        pull: PullPolicy::IfNotPresent,
        storage: None,
        mode: AccessMode::Auto,
        ingress: Some(None),
        balanced: true,
    };
    examine(&Connection::new(credentials), &wanted, None, Duration::from_secs(1)).await
}

fn at(address: &str) -> Credentials {
    Credentials::Token { host: format!("https://{address}"), token: Secret::new("hunter2"), ca: None }
}

#[tokio::test]
async fn a_cluster_that_is_not_there_is_the_one_thing_that_is_said() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = (silent.local_addr().unwrap().to_string(), silent);
    let begun = Instant::now();
    let [said] = look(at(&silent.0)).await.try_into().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!((said.about.as_str(), said.state), ("cluster", FindingState::Bad));
    assert_eq!(said.found, format!("https://{} does not answer within 1 s", silent.0));

    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let [said] = look(at(&gone)).await.try_into().unwrap();
    assert!(said.found.contains(&gone) && said.found.contains("refused"), "{said:?}");
    assert!(said.hint.is_some());

    let [said] = look(Credentials::broken("KUBE_CA holds no certificate")).await.try_into().unwrap();
    assert!(said.found.contains("KUBE_CA holds no certificate"), "{said:?}");
}
