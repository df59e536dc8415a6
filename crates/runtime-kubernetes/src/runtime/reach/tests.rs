use super::*;
use crate::{labels, state::World};
use gaggle_shared::{InstanceId, ProjectId, UserId};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Service};
use serde_json::{Value, json};

fn reached(replicas: i32, service: &Value) -> Reach {
    let (instance, user) = (InstanceId::parse("i1").unwrap(), UserId::parse("alice").unwrap());
    let project = ProjectId::parse("p1").unwrap();
    let meta = json!({"name": "x", "namespace": "user-alice",
        "labels": labels::of_project(&instance, &user, &project, "proj-p1-api")});
    let mut world = World::new(instance);
    let deployment =
        json!({"metadata": meta, "spec": {"replicas": replicas, "selector": {}, "template": {}}});
    world.apply::<Deployment>(serde_json::from_value(deployment).unwrap(), 0);
    let mut service = service.clone();
    service["metadata"] = meta;
    world.apply::<Service>(serde_json::from_value(service).unwrap(), 0);
    let names = ProjectNames::within("user-alice", &project);
    reach(None, 3001, &names, world.project(&project).unwrap())
}

#[test]
fn the_best_address_there_is() {
    let spec = |kind: &str| json!({"spec": {"type": kind, "ports": [{"port": 3001}]}});
    assert_eq!(reached(0, &spec("ClusterIP")), Reach::default());
    let cluster = reached(1, &spec("ClusterIP"));
    assert_eq!(cluster.endpoint.unwrap().url, "http://proj-p1-svc.user-alice.svc:3001");
    assert!(cluster.warnings.is_empty());
    // Which node's address people reach is not known here: what is surely true is said, and nothing is waited for.
    let mut on_nodes = spec("NodePort");
    on_nodes["spec"]["ports"][0]["nodePort"] = json!(30123);
    let on_nodes = reached(1, &on_nodes);
    let endpoint = on_nodes.endpoint.unwrap();
    assert_eq!(
        (endpoint.url.as_str(), endpoint.via),
        ("http://proj-p1-svc.user-alice.svc:3001", EndpointVia::Cluster)
    );
    assert!(on_nodes.warnings.is_empty());
    assert_eq!(reached(1, &spec("LoadBalancer")).warnings, [PENDING]);
    let mut balanced = spec("LoadBalancer");
    balanced["status"] = json!({"loadBalancer": {"ingress": [{"ip": "2001:db8::7"}]}});
    let reach = reached(1, &balanced);
    assert_eq!(reach.endpoint.unwrap().url, "http://[2001:db8::7]:3001");
    assert!(reach.warnings.is_empty());
}
