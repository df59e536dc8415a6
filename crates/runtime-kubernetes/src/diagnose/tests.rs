//! What real objects of a real node mean (recorded by `tests/cluster` with `GAGGLE_RECORD=1`).

use super::*;
use crate::state::World;
use gaggle_shared::{Code, InstanceId, ProjectId, StepState};
use k8s_openapi::api::{
    apps::v1::{Deployment, ReplicaSet},
    core::v1::{Event, PersistentVolumeClaim, Pod, Service},
};
use serde_json::Value;

struct Seen {
    project: Project,
    now: Now,
}

fn seen(fixture: &str) -> Seen {
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    let instance = InstanceId::parse(fixture["instance"].as_str().unwrap()).unwrap();
    let id = ProjectId::parse(fixture["project"].as_str().unwrap()).unwrap();
    let mut world = World::new(instance);
    for item in fixture["items"].as_array().unwrap() {
        let kind = item["kind"].as_str().unwrap();
        let mut item = item.clone();
        item.as_object_mut().unwrap().remove("kind");
        match kind {
            "Deployment" => world.apply::<Deployment>(serde_json::from_value(item).unwrap(), 0),
            "ReplicaSet" => world.apply::<ReplicaSet>(serde_json::from_value(item).unwrap(), 0),
            "Pod" => world.apply::<Pod>(serde_json::from_value(item).unwrap(), 0),
            "PersistentVolumeClaim" => {
                world.apply::<PersistentVolumeClaim>(serde_json::from_value(item).unwrap(), 0)
            }
            "Service" => world.apply::<Service>(serde_json::from_value(item).unwrap(), 0),
            _ => world.note(serde_json::from_value::<Event>(item).unwrap().into()),
        };
    }
    let at = fixture["at"].as_str().unwrap().parse().unwrap();
    Seen { project: world.project(&id).unwrap().clone(), now: Now { at, grace: Duration::from_secs(5) } }
}

macro_rules! broken {
    ($($name:ident: $code:ident, $words:literal, $detail:literal;)*) => {$(
        #[test]
        fn $name() {
            let seen = seen(include_str!(concat!("tests/", stringify!($name), ".json")));
            let finding = diagnose(&seen.project, &seen.now);
            let Workload::Broken(cause) = finding.workload else { panic!("{finding:?}") };
            assert_eq!(cause.code, Code::$code, "{cause:?}");
            assert!(cause.message.contains($words), "{cause:?}");
            assert!(cause.hint.is_some() && !cause.passing, "{cause:?}");
            assert!(cause.detail.as_deref().unwrap_or_default().contains($detail), "{cause:?}");
        }
    )*};
}

broken! {
    image_not_found: ImagePullFailed, "does not exist", "not found";
    image_denied: ImagePullFailed, "does not allow", "403 Forbidden";
    image_never_pull: ImagePullFailed, "may not be pulled", "ErrImageNeverPull";
    unschedulable_memory: Unschedulable, "enough memory", "Insufficient memory";
    unschedulable_cpu: Unschedulable, "enough CPU", "Insufficient cpu";
    unschedulable_taint: Unschedulable, "taint", "untolerated taint";
    quota: QuotaExceeded, "quota", "exceeded quota: none";
    pod_security: ForbiddenByCluster, "Pod Security", "violates PodSecurity";
    crash_loop: CrashLoop, "exit code 7", "the last words";
    oom_killed: OomKilled, "more memory", "OOMKilled";
    agent_unresponsive: AgentUnresponsive, "does not answer", "Liveness probe failed";
    missing_key: ContainerConfigError, "lacks a key", "couldn't find key other";
    missing_secret: ContainerConfigError, "secret", "nowhere";
    no_program: ContainerConfigError, "could not be started", "no-such-program";
    volume_unbound: VolumeFailed, "not bound", "no-such-class";
}

/// As the relay says it; whether the kubelet is about to start it again or waits before it does.
#[test]
fn a_volume_on_nfs_is_the_volumes_fault() {
    let fixture = include_str!("tests/crash_loop.json");
    let words = "gaggle-relay: /data/.gaggle/relay is on NFS, where neither locks hold";
    let text = fixture.replace("the last words\\n", &format!("{words}\\n"));
    assert_ne!(text, fixture);
    let mut ended: Value = serde_json::from_str(&text).unwrap();
    let mut items = ended["items"].as_array_mut().unwrap().iter_mut();
    let pod = items.find(|item| item["kind"] == "Pod").unwrap();
    let container = &mut pod["status"]["containerStatuses"][0];
    container["state"] = container["lastState"].clone();
    for text in [text, ended.to_string()] {
        let Seen { project, now } = seen(&text);
        let finding = diagnose(&project, &now);
        let Workload::Broken(cause) = finding.workload else { panic!("{finding:?}") };
        assert_eq!((cause.code, cause.detail.as_deref()), (Code::VolumeFailed, Some(words)), "{cause:?}");
        assert!(cause.hint.unwrap().contains("StorageClass") && !cause.passing);
    }
}

#[test]
fn a_node_that_has_not_read_the_secret_yet_is_no_broken_volume() {
    let fixture = include_str!("tests/missing_secret.json");
    for late in [
        "failed to sync secret cache: timed out waiting for the condition",
        "failed to fetch PVC from API server: no relationship found between node 'node1' and this object",
    ] {
        let text = fixture.replace(r#"secret \"nowhere\" not found"#, late);
        assert_ne!(text, fixture);
        let Seen { project, mut now } = seen(&text);
        now.at += Duration::from_secs(3600);
        let finding = diagnose(&project, &now);
        assert!(matches!(finding.workload, Workload::Starting(_)), "{finding:?}");
    }
}

#[test]
fn a_busy_registry_is_shown_and_left_to_the_kubelet_for_a_while() {
    let Seen { project, mut now } = seen(include_str!("tests/image_busy.json"));
    let finding = diagnose(&project, &now);
    assert_eq!(finding.workload, Workload::Starting(Step::Image), "{finding:?}");
    assert!(finding.words.as_deref().unwrap().contains("429"), "{finding:?}");
    now.at = finding.again.unwrap();
    let Workload::Broken(cause) = diagnose(&project, &now).workload else { panic!("for ever") };
    assert!(cause.passing, "it is tried again: {cause:?}");
}

#[test]
fn who_cannot_be_scheduled_has_its_grace_and_is_shown_at_once() {
    let Seen { project, mut now } = seen(include_str!("tests/unschedulable_memory.json"));
    now.grace = Duration::from_secs(3600);
    let finding = diagnose(&project, &now);
    assert_eq!(finding.workload, Workload::Starting(Step::Schedule));
    assert!(finding.words.as_deref().unwrap().contains("Insufficient memory"), "{finding:?}");
    assert!(finding.again.is_some());
    let mut track = Track::default();
    let told = track.news(&project, &finding);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0, told[0].1), (Step::Schedule, StepState::Started));
    assert!(track.news(&project, &finding).is_empty(), "nothing is told twice");
}

#[test]
fn nothing_is_absent() {
    let now = Now { at: Timestamp::UNIX_EPOCH, grace: Duration::ZERO };
    assert_eq!(diagnose(&Project::default(), &now).workload, Workload::Absent);
}

/// What another image's node would have said.
fn seen_of(fixture: &str, image: &str, other: &str) -> Seen {
    assert!(fixture.contains(image));
    seen(&fixture.replace(image, other))
}

#[test]
fn what_an_image_is_called_says_nothing_about_what_is_wrong_with_it() {
    let digest =
        "r.example:4030/a-429/denied@sha256:401403429500e0f4294034010000000000000000000000000000000000000000";
    let there = "127.0.0.1:32803/gaggle/none:1";
    for other in [digest, "forbidden.example/unauthorized/eof:403", "r.example/rate/403:429"] {
        let Seen { project, now } = seen_of(include_str!("tests/image_not_found.json"), there, other);
        let Workload::Broken(cause) = diagnose(&project, &now).workload else { panic!("{other}") };
        assert!(cause.message.contains("does not exist"), "{other}: {cause:?}");
    }
    let there = "127.0.0.1:41371/gaggle/none:1";
    let Seen { project, now } = seen_of(include_str!("tests/image_denied.json"), there, digest);
    let Workload::Broken(cause) = diagnose(&project, &now).workload else { panic!("denied") };
    assert!(cause.message.contains("does not allow"), "{cause:?}");
    let end = "failed to do request: Head \"https://r.example/v2/a/manifests/1\": EOF";
    let text = include_str!("tests/image_denied.json").replace(
        "pulling from host 127.0.0.1:41371 failed with status code [manifests 1]: 403 Forbidden",
        &end.replace('"', "\\\""),
    );
    let Seen { project, mut now } = seen(&text);
    now.at += Duration::from_secs(3600);
    let Workload::Broken(cause) = diagnose(&project, &now).workload else { panic!("unreachable") };
    assert!(cause.message.contains("cannot reach"), "{cause:?}");
}

#[test]
fn a_quota_that_counts_what_nobody_states_is_not_used_up() {
    let text = include_str!("tests/quota.json");
    let Seen { project, .. } = seen(text);
    let said = project.sets.views().find_map(|set| set.failure.clone()).unwrap().message;
    let states = "pods \"x\" is forbidden: failed quota: theirs: must specify limits.cpu for: agent";
    let escaped = |text: &str| serde_json::to_string(text).unwrap();
    let Seen { project, now } = seen(&text.replace(&escaped(&said), &escaped(states)));
    let Workload::Broken(cause) = diagnose(&project, &now).workload else { panic!("{project:?}") };
    assert_eq!(cause.code, Code::ForbiddenByCluster);
    assert!(!cause.message.contains("used up") && cause.hint.is_some(), "{cause:?}");
    assert!(cause.detail.unwrap().contains("must specify limits.cpu"));
}
