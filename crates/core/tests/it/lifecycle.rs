use crate::world::{World, alice, call, done, message, within};
use gaggle_core::port::{Cause, Clock as _, Workload};
use gaggle_core::service::{Outcome, Wait};
use gaggle_shared::{
    ActivityState, Code, DesiredState, Event, EventBody, Phase, ProjectId, Step, StepState, StopReason,
    TurnState,
};
use gaggle_testkit::{Act, RuntimeCall, store::Fault};
use std::time::Duration;

#[tokio::test]
async fn a_project_lives_from_create_to_delete() {
    let world = World::new().await;
    let project = world.create("one").await;
    assert_eq!((project.phase, project.desired_state), (Phase::Inactive, DesiredState::Inactive));
    assert!(world.runtime.calls().is_empty(), "creating starts nothing");

    let active = done(within(world.activate(&project.id)).await);
    assert_eq!((active.phase, active.activity.state), (Phase::Active, ActivityState::Ready));
    let turn = done(within(world.send(&project.id, "hello")).await);
    assert_eq!((turn.state, turn.text.as_str()), (TurnState::Ended, "echo: hello"));

    let asleep = done(within(world.gaggle.deactivate(&call(), &alice(), &project.id, Wait::Done)).await);
    assert_eq!((asleep.phase, asleep.desired_state), (Phase::Inactive, DesiredState::Inactive));
    assert!(world.runtime.running().is_empty());

    let receipt = done(within(world.gaggle.delete_project(&call(), &alice(), &project.id, Wait::Done)).await);
    assert!(receipt.remaining.is_empty() && !receipt.removed.is_empty());
    let again = done(within(world.gaggle.delete_project(&call(), &alice(), &project.id, Wait::Done)).await);
    assert_eq!(world.activate(&project.id).await.unwrap_err().code, Code::ProjectDeleting);
    assert_eq!(again, receipt, "the same receipt for a day");
    assert_eq!(
        world.gaggle.project(&call(), &alice(), &project.id).await.unwrap_err().code,
        Code::ProjectNotFound
    );
}

#[tokio::test]
async fn activation_tells_its_steps() {
    let world = World::new().await;
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    within(world.activate(&project.id)).await.unwrap();
    let active = |body: &EventBody| matches!(body, EventBody::ProjectPhase { phase: Phase::Active, .. });
    let seen = events.until(active).await;
    let done: Vec<String> = (seen.iter())
        .filter_map(|event| match &event.body {
            EventBody::ActivationStep { step, state: StepState::Done, .. } => Some(format!("{step:?}")),
            _ => None,
        })
        .collect();
    for step in ["Workspace", "Process", "Relay", "Agent"] {
        assert!(done.contains(&step.to_owned()), "{step} in {done:?}");
    }
    assert!(seen.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    // Who comes later finds where it began, and how long it took.
    let begun =
        |event: &&Event| matches!(event.body, EventBody::ProjectPhase { phase: Phase::Activating, .. });
    let begun = seen.iter().find(begun).unwrap();
    let start = world.project(&project.id).await.start.unwrap();
    assert_eq!((start.seq, start.at, start.step), (begun.seq, begun.at, None));
    assert_eq!(start.ready_at, seen.last().map(|event| event.at));
}

#[tokio::test]
async fn fifty_activations_at_once_start_one_agent() {
    let world = World::new().await;
    let project = world.create("one").await;
    let calls = (0..50).map(|_| world.activate(&project.id));
    let all = within(futures_util::future::join_all(calls)).await;
    assert!(all.into_iter().all(|outcome| done(outcome).phase == Phase::Active));
    let starts = world.runtime.calls().iter().filter(|call| matches!(call, RuntimeCall::Start(_))).count();
    assert_eq!(starts, 1);
}

#[tokio::test]
async fn idle_sleeps_after_its_time_and_reading_does_not_count() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.send(&project.id, "hello")).await.unwrap();
    let sleeps_at = world.project(&project.id).await.sleeps_at.expect("it will sleep");
    world.clock.advance(Duration::from_secs(1790));
    // Reading and listening, as open pages do.
    let _open = world.events(&project.id, 0).await;
    assert_eq!(world.project(&project.id).await.sleeps_at, Some(sleeps_at));
    assert_eq!(world.project(&project.id).await.phase, Phase::Active);
    within(world.clock.asleep(..)).await;
    world.clock.advance(Duration::from_secs(11));
    within(world.in_phase(&project.id, Phase::Inactive)).await;
    assert_eq!(world.project(&project.id).await.desired_state, DesiredState::Inactive);
    // A message wakes it.
    assert_eq!(done(within(world.send(&project.id, "again")).await).text, "echo: again");
}

#[tokio::test]
async fn a_message_that_is_being_stored_as_the_project_falls_asleep_is_answered() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.send(&project.id, "hello")).await.unwrap();
    within(async {
        while !world.restful_turns(&project.id).await {
            tokio::task::yield_now().await;
        }
    })
    .await;
    world.store.hold_writes();
    let (gaggle, id) = (world.gaggle.clone(), project.id.clone());
    let sending = tokio::spawn(async move {
        gaggle.send_message(&call(), &alice(), &id, message("again"), Wait::Done).await
    });
    within(world.store.writes_wait()).await;
    // The reconciler looks, and sees a project that was idle for long enough.
    world.runtime.lag();
    world.clock.advance(Duration::from_secs(1801));
    within(world.runtime.lags()).await;
    world.runtime.catch_up();
    // It decides, and then waits for the write before its own.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    world.store.release();
    assert_eq!(done(within(sending).await.unwrap()).text, "echo: again");
    assert_eq!(world.project(&project.id).await.phase, Phase::Active);
}

#[tokio::test]
async fn a_working_agent_never_falls_asleep() {
    let world = World::new().await;
    world.gateway.script(|_| vec![Act::Hold, Act::say("late")]);
    let project = world.create("one").await;
    let mut events = world.events(&project.id, 0).await;
    world.queue(&project.id, "work").await;
    events.until(|body| matches!(body, EventBody::TurnStarted { .. })).await;
    world.clock.advance(Duration::from_secs(48 * 3600));
    assert_eq!(world.project(&project.id).await.sleeps_at, None);
    world.gateway.resume(&project.id);
    events.until(|body| matches!(body, EventBody::TurnEnded { .. })).await;
    assert_eq!(world.project(&project.id).await.phase, Phase::Active);
}

#[tokio::test]
async fn a_start_that_fails_names_its_cause_and_fails_the_message() {
    let world = World::new().await;
    let project = world.create("one").await;
    world.runtime.fail_starts([Cause::new(Code::GooseNotFound, "no goose").hint("install it")]);
    let error = within(world.send(&project.id, "hello")).await.unwrap_err();
    assert_eq!(error.code, Code::GooseNotFound);
    assert!(error.turn.is_some());
    let failed = world.project(&project.id).await;
    assert_eq!((failed.desired_state, failed.phase), (DesiredState::Inactive, Phase::Failed));
    let failure = failed.failure.expect("says why");
    assert_eq!(failure.hint.as_deref(), Some("install it"));
    // Trying again works.
    assert_eq!(done(within(world.send(&project.id, "again")).await).text, "echo: again");
    assert_eq!(world.project(&project.id).await.failure, None);
}

#[tokio::test]
async fn a_passing_cause_keeps_the_wish_and_tells_only_the_caller() {
    let world = World::new().await;
    let project = world.create("one").await;
    world.runtime.fail_starts([Cause::new(Code::ClusterUnreachable, "no route").passing()]);
    let error = within(world.activate(&project.id)).await.unwrap_err();
    assert_eq!(error.code, Code::ClusterUnreachable);
    let trying = world.project(&project.id).await;
    assert_eq!((trying.desired_state, trying.phase), (DesiredState::Active, Phase::Activating));
    within(world.clock.asleep(..)).await;
    world.clock.advance(Duration::from_secs(5));
    within(world.in_phase(&project.id, Phase::Active)).await;
}

/// So much time passes, and whoever sleeps wakes in turn.
async fn pass(world: &World, time: Duration) {
    let end = world.clock.now().checked_add(time).unwrap();
    while world.clock.now() < end {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        let now = world.clock.now();
        let next = world.clock.sleepers().first().copied().unwrap_or(end).clamp(now, end);
        world.clock.advance(next.duration_since(now).unsigned_abs().max(Duration::from_millis(100)));
    }
}

fn fails(cause: &str) -> impl Fn(&EventBody) -> bool {
    move |body| matches!(body, EventBody::ProjectPhase { failure: Some(failure), .. } if failure.message == cause)
}

#[tokio::test]
async fn however_often_a_start_fails_for_what_may_pass_it_is_tried_again() {
    let world = World::new().await;
    let project = world.create("one").await;
    world.runtime.fail_starts(vec![Cause::new(Code::ClusterUnreachable, "no route").passing(); 9]);
    world.gaggle.activate(&call(), &alice(), &project.id, Wait::Now).await.unwrap();
    pass(&world, Duration::from_secs(120)).await;
    assert_eq!(world.project(&project.id).await.phase, Phase::Active);
}

#[tokio::test]
async fn what_may_pass_is_told_once_waited_for_however_long_and_tended_meanwhile() {
    let world = World::new().await;
    world.gateway.agents_stay_down();
    let project = world.create("one").await;
    let id = &project.id;
    world.gaggle.activate(&call(), &alice(), id, Wait::Now).await.unwrap();
    let mut events = world.events(id, 0).await;
    events.until(|body| matches!(body, EventBody::ActivationStep { step: Step::Relay, .. })).await;
    let busy = Cause::new(Code::ImagePullFailed, "the registry is busy").passing();
    world.runtime.set(id, Workload::Broken(busy));
    events.until(fails("the registry is busy")).await;
    let (writes, last) =
        (world.store.writes().len(), world.gaggle.last_seq(&call(), &alice(), id).await.unwrap());
    pass(&world, Duration::from_secs(3600)).await;
    let waits = world.project(id).await;
    assert_eq!((waits.phase, waits.desired_state), (Phase::Activating, DesiredState::Active));
    // What is as it was is no news, and is looked at every few seconds.
    assert_eq!(world.gaggle.last_seq(&call(), &alice(), id).await.unwrap(), last);
    let written = world.store.writes().len() - writes;
    assert!(written < 1500, "{written} writes");
    // What it lacks is made again meanwhile.
    assert!(world.runtime.calls().iter().any(|call| matches!(call, RuntimeCall::Tend(of) if of == id)));
    // Once it has passed the start has its time, and no more.
    world.runtime.set(id, Workload::Running);
    pass(&world, Duration::from_secs(100)).await;
    assert_eq!(world.project(id).await.phase, Phase::Activating);
    pass(&world, Duration::from_secs(30)).await;
    let failed = world.project(id).await;
    assert_eq!((failed.phase, failed.failure.unwrap().code), (Phase::Failed, Code::ActivationTimeout));
}

#[tokio::test]
async fn what_waits_for_something_to_pass_keeps_no_place_from_others() {
    let world = World::with(|config| config.activations = 1).await;
    world.gateway.agents_stay_down();
    let (stuck, other) = (world.create("one").await, world.create("two").await);
    world.gaggle.activate(&call(), &alice(), &stuck.id, Wait::Now).await.unwrap();
    let mut events = world.events(&stuck.id, 0).await;
    events.until(|body| matches!(body, EventBody::ActivationStep { step: Step::Relay, .. })).await;
    let held = Cause::new(Code::VolumeFailed, "the volume is held elsewhere").passing();
    world.runtime.set(&stuck.id, Workload::Broken(held));
    events.until(fails("the volume is held elsewhere")).await;
    world.gateway.agents_come_up();
    done(within(world.activate(&other.id)).await);
    assert_eq!(world.project(&stuck.id).await.phase, Phase::Activating);
    // Nor does a start that fails so at once.
    world.runtime.fail_starts(vec![Cause::new(Code::ClusterUnreachable, "no route").passing(); 50]);
    let third = world.create("three").await;
    world.gaggle.activate(&call(), &alice(), &third.id, Wait::Now).await.unwrap();
    let mut events = world.events(&third.id, 0).await;
    events.until(fails("no route")).await;
    world.runtime.heal();
    let fourth = world.create("four").await;
    done(within(world.activate(&fourth.id)).await);
}

#[tokio::test]
async fn an_active_projects_successor_that_cannot_come_up_yet_is_waited_for() {
    let world = World::new().await;
    let project = world.create("one").await;
    let id = &project.id;
    within(world.activate(id)).await.unwrap();
    let held = Cause::new(Code::VolumeFailed, "the volume is held elsewhere").passing();
    // As long as the agent can be talked to it works on.
    world.runtime.set(id, Workload::Broken(held.clone()));
    assert_eq!(done(within(world.send(id, "one")).await).text, "echo: one");
    assert_eq!(world.project(id).await.phase, Phase::Active);
    let mut events = world.events(id, 0).await;
    world.gateway.cut(id);
    events.until(fails("the volume is held elsewhere")).await;
    let turn = world.queue(id, "two").await;
    pass(&world, Duration::from_secs(600)).await;
    assert_eq!(world.project(id).await.phase, Phase::Activating);
    world.runtime.set(id, Workload::Running);
    world.gateway.mend(id);
    within(world.in_phase(id, Phase::Active)).await;
    let over = done(within(world.gaggle.turn(&call(), &alice(), id, &turn.id, Wait::Done)).await);
    assert_eq!(over.text, "echo: two");
}

#[tokio::test]
async fn what_a_failed_start_has_left_is_ended_again_and_again_and_why_it_failed_stays() {
    let world = World::new().await;
    world.gateway.agents_stay_down();
    let project = world.create("one").await;
    let id = &project.id;
    let forbidden = Cause::new(Code::ForbiddenByCluster, "it may not be ended").passing();
    world.runtime.fail_stops(vec![forbidden; 20]);
    world.gaggle.activate(&call(), &alice(), id, Wait::Now).await.unwrap();
    let mut events = world.events(id, 0).await;
    events.until(|body| matches!(body, EventBody::ActivationStep { step: Step::Relay, .. })).await;
    world.runtime.set(id, Workload::Broken(Cause::new(Code::ImagePullFailed, "there is no such image")));
    events.until(fails("there is no such image")).await;
    pass(&world, Duration::from_secs(120)).await;
    let stops = || world.runtime.calls().iter().filter(|call| matches!(call, RuntimeCall::Stop(..))).count();
    assert!((3..12).contains(&stops()), "{} tries in two minutes", stops());
    let failed = world.project(id).await;
    assert_eq!((failed.phase, failed.failure.unwrap().code), (Phase::Failed, Code::ImagePullFailed));
    world.runtime.heal();
    pass(&world, Duration::from_secs(61)).await;
    assert!(world.runtime.running().is_empty());
    assert_eq!(world.project(id).await.failure.unwrap().code, Code::ImagePullFailed);
}

#[tokio::test]
async fn an_outage_of_the_cluster_takes_no_time_from_a_start_and_gives_it_none() {
    for outage in [Duration::from_secs(30), Duration::from_secs(3600)] {
        let world = World::new().await;
        world.gateway.agents_stay_down();
        let project = world.create("one").await;
        let id = &project.id;
        world.gaggle.activate(&call(), &alice(), id, Wait::Now).await.unwrap();
        let mut events = world.events(id, 0).await;
        events.until(|body| matches!(body, EventBody::ActivationStep { step: Step::Relay, .. })).await;
        let away = Cause::new(Code::ClusterUnreachable, "no route").passing();
        world.runtime.fail_looks(vec![away; 100_000]);
        world.runtime.set(id, Workload::Running);
        events.until(fails("no route")).await;
        pass(&world, outage).await;
        let waits = world.project(id).await;
        assert_eq!(waits.phase, Phase::Activating, "{outage:?}: {:?}", waits.failure);
        world.runtime.heal();
        pass(&world, Duration::from_secs(100)).await;
        assert_eq!(world.project(id).await.phase, Phase::Activating, "{outage:?}");
        pass(&world, Duration::from_secs(30)).await;
        let failed = world.project(id).await;
        assert_eq!((failed.phase, failed.failure.unwrap().code), (Phase::Failed, Code::ActivationTimeout));
    }
}

#[tokio::test]
async fn an_agent_that_never_answers_times_out() {
    let world = World::new().await;
    world.gateway.agents_stay_down();
    let project = world.create("one").await;
    let (outcome, ()) = within(async {
        tokio::join!(world.activate(&project.id), async {
            // From now on the deadline runs.
            world.in_phase(&project.id, Phase::Activating).await;
            world.clock.asleep(..).await;
            world.clock.advance(Duration::from_secs(121));
        })
    })
    .await;
    assert_eq!(outcome.unwrap_err().code, Code::ActivationTimeout);
    within(world.in_phase(&project.id, Phase::Failed)).await;
}

#[tokio::test]
async fn a_start_has_its_time_anew_when_the_server_was_away() {
    let mut world = World::new().await;
    world.gateway.agents_stay_down();
    let project = world.create("one").await;
    world.gaggle.activate(&call(), &alice(), &project.id, Wait::Now).await.unwrap();
    let mut events = world.events(&project.id, 0).await;
    events.until(|body| matches!(body, EventBody::ActivationStep { step: Step::Relay, .. })).await;
    world.clock.advance(Duration::from_secs(100));
    world.crash_for(Duration::from_secs(3600)).await;
    within(world.clock.asleep(..)).await;
    world.clock.advance(Duration::from_secs(100));
    within(world.clock.asleep(..)).await;
    assert_eq!(world.project(&project.id).await.phase, Phase::Activating);
    world.gateway.agent_up(&project.id);
    within(world.in_phase(&project.id, Phase::Active)).await;
}

#[tokio::test]
async fn a_relay_too_old_ends_the_activation_with_what_to_do() {
    let world = World::new().await;
    world.gateway.agents_stay_down();
    let project = world.create("one").await;
    let (outcome, ()) = within(async {
        tokio::join!(world.activate(&project.id), async {
            let mut events = world.events(&project.id, 0).await;
            let called = |body: &EventBody| {
                matches!(body, EventBody::ActivationStep { step: Step::Relay, state: StepState::Done, .. })
            };
            events.until(called).await;
            world.gateway.outdated_relay(&project.id, "release 0.0.1, protocol 0");
        })
    })
    .await;
    let error = outcome.unwrap_err();
    assert_eq!(error.code, Code::ContainerConfigError);
    assert!(error.hint.unwrap().contains("GAGGLE_RELAY_INJECT=always"));
    within(world.in_phase(&project.id, Phase::Failed)).await;
    let failure = world.project(&project.id).await.failure.unwrap();
    assert_eq!(failure.detail.as_deref(), Some("release 0.0.1, protocol 0"));
    // With another relay it works.
    world.gateway.agents_come_up();
    done(within(world.activate(&project.id)).await);
}

#[tokio::test]
async fn an_agent_that_came_up_while_the_runtime_was_looked_at_is_not_lost() {
    let world = World::new().await;
    world.gateway.agents_stay_down();
    world.runtime.lag();
    let project = world.create("one").await;
    let (outcome, ()) = within(async {
        tokio::join!(world.activate(&project.id), async {
            world.runtime.lags().await;
            world.gateway.agent_up(&project.id);
            world.in_phase(&project.id, Phase::Active).await;
            world.runtime.catch_up();
        })
    })
    .await;
    done(outcome);
    assert_eq!(done(within(world.send(&project.id, "still there")).await).text, "echo: still there");
    let mut events = world.events(&project.id, 0).await;
    let story = events.until(|body| matches!(body, EventBody::TurnEnded { .. })).await;
    let begun = story
        .iter()
        .filter(|event| matches!(event.body, EventBody::ProjectPhase { phase: Phase::Activating, .. }));
    assert_eq!(begun.count(), 1, "activated once: {story:#?}");
}

#[tokio::test]
async fn a_killed_relay_is_started_again() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.activate(&project.id)).await.unwrap();
    let mut events =
        world.events(&project.id, world.gaggle.last_seq(&call(), &alice(), &project.id).await.unwrap()).await;
    world.runtime.kill(&project.id);
    events.until(|body| matches!(body, EventBody::ProjectPhase { phase: Phase::Activating, .. })).await;
    events.until(|body| matches!(body, EventBody::ProjectPhase { phase: Phase::Active, .. })).await;
    assert_eq!(done(within(world.send(&project.id, "still there")).await).text, "echo: still there");
}

/// Starts that are under way, as many as there may be, and one more that waits for its place.
async fn crowded() -> (World, ProjectId, ProjectId) {
    let world = World::with(|config| config.activations = 2).await;
    world.runtime.hold();
    let mut starting = Vec::new();
    for name in ["one", "two"] {
        let project = world.create(name).await;
        world.gaggle.activate(&call(), &alice(), &project.id, Wait::Now).await.unwrap();
        within(world.runtime.told(&RuntimeCall::Start(project.id.clone()))).await;
        starting.push(project.id);
    }
    let more = world.create("three").await.id;
    let mut events = world.events(&more, 0).await;
    world.gaggle.activate(&call(), &alice(), &more, Wait::Now).await.unwrap();
    events
        .until(|body| matches!(body, EventBody::ActivationStep { message, .. } if message.contains("waits for its turn: 2")))
        .await;
    assert!(world.project(&more).await.activity.summary.contains("its turn"));
    (world, starting.remove(0), more)
}

#[tokio::test]
async fn a_start_that_waits_for_its_place_loses_no_time_and_comes_when_one_is_free() {
    let (world, _, more) = crowded().await;
    world.clock.advance(Duration::from_secs(121));
    // Something is new, so it is looked at again.
    let named = serde_json::from_value(serde_json::json!({ "name": "three again" })).unwrap();
    let mut events = world.events(&more, 0).await;
    world.gaggle.update_project(&call(), &alice(), &more, named).await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.project(&more).await.phase, Phase::Activating, "it has not been tried yet");
    world.runtime.release();
    let waited = world.clock.now();
    within(world.in_phase(&more, Phase::Active)).await;
    let seen =
        events.until(|body| matches!(body, EventBody::ProjectPhase { phase: Phase::Active, .. })).await;
    let told = seen.iter().filter(|event| matches!(&event.body, EventBody::ActivationStep { message, .. } if message.contains("its turn")));
    assert_eq!(told.count(), 1, "told once");
    assert_eq!(world.clock.now(), waited);
}

#[tokio::test]
async fn a_start_that_waits_for_its_place_has_all_its_time_then_and_fails_after_it() {
    let (world, _, more) = crowded().await;
    world.clock.advance(Duration::from_secs(121));
    world.gateway.agents_stay_down();
    world.runtime.release();
    within(world.runtime.told(&RuntimeCall::Start(more.clone()))).await;
    let started = world.clock.now();
    world.clock.advance(Duration::from_secs(60));
    within(world.clock.asleep(started + Duration::from_secs(120)..)).await;
    assert_eq!(world.project(&more).await.phase, Phase::Activating);
    world.clock.advance(Duration::from_secs(61));
    within(world.in_phase(&more, Phase::Failed)).await;
    assert_eq!(world.project(&more).await.failure.unwrap().code, Code::ActivationTimeout);
}

#[tokio::test]
async fn a_project_that_waits_for_its_place_is_put_to_sleep_and_deleted_at_once() {
    let (world, _, more) = crowded().await;
    done(within(world.gaggle.deactivate(&call(), &alice(), &more, Wait::Done)).await);
    world.gaggle.activate(&call(), &alice(), &more, Wait::Now).await.unwrap();
    done(within(world.gaggle.delete_project(&call(), &alice(), &more, Wait::Done)).await);
    assert!(!world.runtime.calls().contains(&RuntimeCall::Start(more)), "it was never started");
    world.runtime.release();
}

#[tokio::test]
async fn delete_wins_while_activating_and_refuses_other_writes() {
    let world = World::new().await;
    world.runtime.hold();
    let project = world.create("one").await;
    let waiting = world.activate(&project.id);
    let deleting = async {
        world.in_phase(&project.id, Phase::Activating).await;
        let pending = world.gaggle.delete_project(&call(), &alice(), &project.id, Wait::Now).await.unwrap();
        assert!(matches!(pending, Outcome::Pending(_)));
        let refused = world.activate(&project.id).await.unwrap_err();
        assert_eq!(refused.code, Code::ProjectDeleting);
        world.runtime.release();
        done(world.gaggle.delete_project(&call(), &alice(), &project.id, Wait::Done).await)
    };
    let (activated, receipt) = within(async { tokio::join!(waiting, deleting) }).await;
    assert_eq!(activated.unwrap_err().code, Code::ProjectDeleting);
    assert!(receipt.remaining.is_empty());
    assert!(world.runtime.running().is_empty());
}

#[tokio::test]
async fn delete_wins_at_once_while_a_stop_hangs_and_a_new_wish_to_run_waits_for_it() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.activate(&project.id)).await.unwrap();
    world.runtime.hold_stops();
    let (asked, user) = (call(), alice());
    let stopping = world.gaggle.deactivate(&asked, &user, &project.id, Wait::Done);
    let deleting = async {
        world.runtime.told(&RuntimeCall::Stop(project.id.clone())).await;
        // What is stopped is not started beside it.
        let pending = world.gaggle.activate(&call(), &alice(), &project.id, Wait::Now).await.unwrap();
        let Outcome::Pending(shown) = pending else { panic!("{pending:?}") };
        assert_eq!((shown.phase, shown.desired_state), (Phase::Deactivating, DesiredState::Active));
        // The clock stands still: nothing that waits for a time ends.
        done(world.gaggle.delete_project(&call(), &alice(), &project.id, Wait::Done).await)
    };
    let (_, receipt) = within(async { tokio::join!(stopping, deleting) }).await;
    assert!(receipt.remaining.is_empty() && !receipt.removed.is_empty());
    assert!(world.runtime.running().is_empty());
    let starts = world.runtime.calls().iter().filter(|call| matches!(call, RuntimeCall::Start(_))).count();
    assert_eq!(starts, 1);
    world.runtime.release_stops();
}

#[tokio::test]
async fn a_tombstone_is_forgotten_after_a_day() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.gaggle.delete_project(&call(), &alice(), &project.id, Wait::Done)).await.unwrap();
    within(world.clock.asleep(..)).await;
    world.clock.advance(Duration::from_secs(24 * 3600 + 1));
    within(async {
        while !world.restful().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let error = world.gaggle.delete_project(&call(), &alice(), &project.id, Wait::Done).await.unwrap_err();
    assert_eq!(error.code, Code::ProjectNotFound);
}

#[tokio::test]
async fn a_provider_that_is_not_set_up_is_named() {
    let world = World::new().await;
    let project = world.create("one").await;
    let body = serde_json::from_value(serde_json::json!({ "settings": { "provider": "unknown" } })).unwrap();
    world.gaggle.update_project(&call(), &alice(), &project.id, body).await.unwrap();
    assert_eq!(within(world.activate(&project.id)).await.unwrap_err().code, Code::ProviderNotConfigured);
}

#[tokio::test]
async fn a_store_that_takes_nothing_is_tried_again_after_a_while_and_no_sooner() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.activate(&project.id)).await.unwrap();
    let before = world.store.writes().len();
    // The wish is stored, and no step after it.
    for nth in 2..1000 {
        world.store.fail(before + nth, Fault::Before);
    }
    world.gaggle.deactivate(&call(), &alice(), &project.id, Wait::Now).await.unwrap();
    for _ in 0..5000 {
        tokio::task::yield_now().await;
    }
    let tried = world.store.writes().len() - before;
    assert!((2..10).contains(&tried), "{tried} writes, and no time has passed");
    world.clock.advance(Duration::from_secs(1));
    within(async {
        while world.store.writes().len() - before == tried {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn whether_the_agent_got_a_message_is_not_made_up_when_its_project_falls_asleep() {
    let world = World::new().await;
    let project = world.create("one").await;
    within(world.send(&project.id, "first")).await.unwrap();
    world.gateway.cut(&project.id);
    let turn = world.queue(&project.id, "second").await;
    done(within(world.gaggle.deactivate(&call(), &alice(), &project.id, Wait::Done)).await);
    let over = done(within(world.gaggle.turn(&call(), &alice(), &project.id, &turn.id, Wait::Done)).await);
    let failure = over.failure.unwrap();
    assert_eq!((over.stop_reason, failure.code), (Some(StopReason::Failed), Code::ProjectDeactivated));
    assert!(failure.message.contains("whether the agent got"), "{}", failure.message);
}
