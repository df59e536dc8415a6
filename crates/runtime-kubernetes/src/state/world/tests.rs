use super::*;
use crate::labels;
use gaggle_shared::UserId;
use k8s_openapi::api::core::v1::{Event, Pod};
use serde_json::{Value, json};

fn world() -> World {
    World::new(InstanceId::parse("i1").unwrap())
}

fn id() -> ProjectId {
    ProjectId::parse("p1").unwrap()
}

fn pod(version: u32, phase: &str) -> Value {
    let (instance, user) = (InstanceId::parse("i1").unwrap(), UserId::parse("alice").unwrap());
    json!({"metadata": {"name": "proj-p1-api-x", "namespace": "user-alice", "resourceVersion": version.to_string(),
        "labels": labels::of_project(&instance, &user, &id(), "proj-p1-api")}, "status": {"phase": phase}})
}

fn of(value: Value) -> Pod {
    serde_json::from_value(value).unwrap()
}

#[test]
fn what_is_older_changes_nothing() {
    let mut world = world();
    assert_eq!(world.apply(of(pod(7, "Running")), 1), Some(id()));
    assert_eq!(world.apply(of(pod(7, "Running")), 1), None, "the same");
    assert_eq!(world.apply(of(pod(6, "Pending")), 1), None, "older");
    assert_eq!(world.remove(&of(pod(6, "Pending"))), None, "an older end");
    assert_eq!(world.project(&id()).unwrap().alive().count(), 1);
    assert_eq!(world.remove(&of(pod(8, "Running"))), Some(id()));
    assert!(world.project(&id()).is_none());
}

#[test]
fn what_a_whole_list_does_not_have_is_gone() {
    let mut world = world();
    world.apply(of(pod(7, "Running")), 1);
    let mut other = pod(8, "Running");
    other["metadata"]["name"] = "proj-p1-api-y".into();
    world.apply(of(other), 1);
    assert!(world.settle::<Pod>(1).is_empty());
    // Seen again, though it did not change.
    world.apply(of(pod(7, "Running")), 2);
    assert_eq!(world.settle::<Pod>(2), [id()]);
    assert_eq!(world.project(&id()).unwrap().pods.views().count(), 1);
    assert_eq!(world.settle::<Pod>(3), [id()]);
    assert_eq!(world.ids().count(), 0);
}

#[test]
fn what_is_not_ours_is_not_seen() {
    let mut world = world();
    for (label, value) in [(labels::INSTANCE, "i2"), (labels::MANAGED_BY, "somebody"), (labels::PROJECT, "")]
    {
        let mut pod = pod(1, "Running");
        pod["metadata"]["labels"][label] = value.into();
        assert_eq!(world.apply(of(pod), 1), None, "{label}={value}");
    }
    assert_eq!(world.ids().count(), 0);
}

#[test]
fn an_event_is_told_once_per_count_and_only_of_ours() {
    let mut world = world();
    world.apply(of(pod(7, "Pending")), 1);
    let event = |uid: &str, count: i32, namespace: &str, name: &str| {
        let event = json!({"metadata": {"uid": uid}, "count": count, "reason": "BackOff", "message": "m",
            "involvedObject": {"kind": "Pod", "namespace": namespace, "name": name}});
        Note::from(serde_json::from_value::<Event>(event).unwrap())
    };
    assert_eq!(world.note(event("a", 1, "user-alice", "proj-p1-api-x")), Some(id()));
    assert_eq!(world.note(event("a", 1, "user-alice", "proj-p1-api-x")), None, "again");
    assert_eq!(world.note(event("a", 2, "user-alice", "proj-p1-api-x")), Some(id()));
    assert_eq!(world.note(event("b", 1, "user-bob", "proj-p1-api-x")), None, "another's namespace");
    assert_eq!(world.note(event("c", 1, "user-alice", "proj-p2-api-x")), None, "another's object");
    assert_eq!(world.note(event("d", 1, "user-alice", "web")), None, "nobody's");
}
