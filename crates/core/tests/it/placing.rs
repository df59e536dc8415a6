//! A runtime that keeps objects for sleeping projects, and tells what it sees.

use crate::world::{World, alice, call, within};
use gaggle_core::{
    port::{Cause, News},
    service::Wait,
};
use gaggle_shared::{Code, EventBody, Phase, ProjectId, Severity, Step, StepState};
use gaggle_testkit::RuntimeCall;
use std::time::Duration;

#[tokio::test]
async fn a_new_project_gets_its_objects_and_starts_nothing() {
    let world = World::placing().await;
    let project = world.create("one").await;
    within(world.placed(&project.id)).await;
    assert_eq!(world.runtime.calls(), [RuntimeCall::Place(project.id.clone())]);
    assert!(world.runtime.running().is_empty());
    assert_eq!(world.project(&project.id).await.phase, Phase::Inactive);
}

#[tokio::test]
async fn few_are_placed_at_once_and_whoever_is_wished_gone_need_not_wait() {
    let world = World::placing().await;
    world.runtime.hold();
    let mut projects = Vec::new();
    for n in 0..20 {
        projects.push(world.create(&format!("p{n}")).await);
    }
    let begun = || {
        let calls = world.runtime.calls();
        calls.into_iter().filter(|call| matches!(call, RuntimeCall::Place(_))).count()
    };
    within(async {
        while begun() < 8 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let last = projects.pop().unwrap();
    within(world.gaggle.delete_project(&call(), &alice(), &last.id, Wait::Done)).await.unwrap();
    assert_eq!(begun(), 8, "the others wait");
    world.runtime.release();
    for project in projects {
        within(world.placed(&project.id)).await;
    }
}

#[tokio::test]
async fn who_waits_for_its_objects_waits_in_the_store_and_is_called_up_in_its_turn() {
    let mut world = World::placing().await;
    world.runtime.hold();
    let mut projects = Vec::new();
    for n in 0..100 {
        projects.push(world.create(&format!("p{n}")).await);
    }
    let few = async |world: &World| {
        within(async {
            while loaded(world) != 8 {
                // Whoever was in use when it wanted to leave tries again.
                world.clock.advance(Duration::from_secs(1));
                tokio::task::yield_now().await;
            }
        })
        .await;
    };
    few(&world).await;
    // Nor does the next server keep them.
    world.crash().await;
    few(&world).await;
    world.runtime.release();
    for project in &projects {
        within(world.placed(&project.id)).await;
    }
    // The first eight were begun by the server that died.
    let calls = world.runtime.calls();
    let places =
        |id: &ProjectId| calls.iter().filter(|call| **call == RuntimeCall::Place(id.clone())).count();
    assert!(projects[8..].iter().all(|project| places(&project.id) == 1), "each is placed once");
    none_loaded(&world).await;
}

fn loaded(world: &World) -> usize {
    world.gaggle.gauges().0.iter().map(|(_, count)| count).sum()
}

/// Lets time pass until nothing is kept in memory.
async fn none_loaded(world: &World) {
    within(async {
        while loaded(world) > 0 {
            world.clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn one_that_cannot_be_read_keeps_nobody_waiting() {
    let world = World::placing().await;
    world.runtime.hold();
    let mut projects = Vec::new();
    for n in 0..40 {
        projects.push(world.create(&format!("p{n}")).await);
    }
    within(async {
        while loaded(&world) != 8 {
            world.clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    })
    .await;
    let broken = projects.remove(20);
    world.store.break_record(&broken.id, true);
    world.runtime.release();
    for project in &projects {
        within(world.placed(&project.id)).await;
    }
    let place = RuntimeCall::Place(broken.id.clone());
    assert!(!world.runtime.calls().contains(&place));
    world.store.break_record(&broken.id, false);
    within(async {
        while !world.runtime.calls().contains(&place) {
            world.clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn who_could_not_be_placed_waits_in_the_store_too() {
    let world = World::placing().await;
    let causes = (0..1000).map(|_| Cause::new(Code::ClusterUnreachable, "away").passing());
    world.runtime.fail_starts(causes);
    let mut projects = Vec::new();
    for n in 0..30 {
        projects.push(world.create(&format!("p{n}")).await);
    }
    none_loaded(&world).await;
    for project in &projects {
        let failure = world.project(&project.id).await.failure;
        assert_eq!(failure.map(|failure| failure.code), Some(Code::ClusterUnreachable));
    }
    world.runtime.heal();
    for project in &projects {
        within(async {
            while world.project(&project.id).await.failure.is_some() {
                world.clock.advance(Duration::from_secs(1));
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    none_loaded(&world).await;
}

#[tokio::test]
async fn what_keeps_objects_from_being_made_is_shown_and_tried_again() {
    let world = World::placing().await;
    world.runtime.fail_starts([Cause::new(Code::NamespaceFailed, "may not create namespaces")]);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    let failed = |body: &EventBody| matches!(body, EventBody::ProjectPhase { failure: Some(_), .. });
    events.until(failed).await;
    let shown = world.project(&project.id).await;
    assert_eq!(shown.failure.map(|failure| failure.code), Some(Code::NamespaceFailed));
    within(world.clock.asleep(..)).await;
    world.clock.advance(Duration::from_secs(2));
    within(world.placed(&project.id)).await;
    assert_eq!(world.project(&project.id).await.failure, None, "healed, so it is not shown any more");
}

#[tokio::test]
async fn objects_that_were_not_made_before_a_crash_are_made_after_it() {
    let mut world = World::placing().await;
    let causes = (0..50).map(|_| Cause::new(Code::ClusterUnreachable, "away").passing());
    world.runtime.fail_starts(causes);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    events.until(|body| matches!(body, EventBody::ProjectPhase { failure: Some(_), .. })).await;
    world.runtime.heal();
    world.crash().await;
    within(world.clock.asleep(..)).await;
    world.clock.advance(Duration::from_secs(61));
    within(world.placed(&project.id)).await;
}

#[tokio::test]
async fn what_the_runtime_sees_goes_into_the_journal() {
    let world = World::placing().await;
    let project = world.create("one").await;
    within(world.placed(&project.id)).await;
    world.runtime.hold();
    let mut events = world.events(&project.id, 0).await;
    let starting = tokio::spawn({
        let (gaggle, id) = (world.gaggle.clone(), project.id.clone());
        async move {
            let (call, user) = (crate::world::call(), crate::world::alice());
            gaggle.activate(&call, &user, &id, gaggle_core::service::Wait::Done).await
        }
    });
    let begun = |body: &EventBody| matches!(body, EventBody::ActivationStep { step: Step::Process, .. });
    events.until(begun).await;
    let message = "pulling the image".to_owned();
    world.runtime.say(
        &project.id,
        News::Step { step: Step::Image, state: StepState::Started, message: message.clone() },
    );
    events
        .until(|body| {
            matches!(body, EventBody::ActivationStep { step: Step::Image, message: said, .. } if *said == message)
        })
        .await;
    let step = world.project(&project.id).await.start.and_then(|start| start.step);
    assert_eq!(step.map(|step| (step.step, step.message)), Some((Step::Image, message)));
    world.runtime.say(
        &project.id,
        News::ClusterEvent {
            reason: "FailedScheduling".into(),
            message: "0/1 nodes".into(),
            object: "Pod/x".into(),
            severity: Severity::Warning,
        },
    );
    events
        .until(|body| matches!(body, EventBody::ClusterEvent { reason, .. } if reason == "FailedScheduling"))
        .await;
    world.runtime.release();
    assert!(starting.await.unwrap().is_ok());
}

#[tokio::test]
async fn who_waits_is_told_of_a_cluster_that_can_neither_be_seen_nor_written() {
    let world = World::placing().await;
    let away = || (0..500).map(|_| Cause::new(Code::ClusterUnreachable, "away").passing());
    world.runtime.fail_starts(away());
    world.runtime.fail_looks(away());
    let project = world.create("one").await;
    let refused = within(world.activate(&project.id)).await.unwrap_err();
    assert_eq!(refused.code, Code::ClusterUnreachable);
    let shown = world.project(&project.id).await;
    assert_eq!(shown.desired_state, gaggle_shared::DesiredState::Active, "the wish stays");
}

#[tokio::test]
async fn what_runs_since_before_an_upgrade_wants_a_restart_also_for_a_server_that_did_not_start_it() {
    let mut world = World::placing().await;
    let project = world.create("one").await;
    world.activate(&project.id).await.unwrap();
    assert!(!world.project(&project.id).await.restart_needed);
    world.runtime.upgrade();
    world.crash().await;
    assert!(world.project(&project.id).await.restart_needed);
}
