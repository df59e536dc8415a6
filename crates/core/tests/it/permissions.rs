use crate::world::{World, alice, call, within};
use futures_util::StreamExt as _;
use gaggle_core::{
    port::{Clock as _, Store as _},
    service::{UserEvent, Wait},
};
use gaggle_shared::{
    ActivityState, AnswerPermission, Code, EventBody, Permission, PermissionState, ProjectId, StopReason,
    Turn,
};
use gaggle_testkit::{Act, store::Fault};
use std::time::Duration;

async fn asked(world: &World) -> (ProjectId, Turn, Permission) {
    asked_in(world, "one").await
}

async fn asked_in(world: &World, project: &str) -> (ProjectId, Turn, Permission) {
    world.gateway.script(|_| vec![Act::say("may I?"), Act::ask("shell"), Act::say("thanks")]);
    let project = world.create(project).await;
    let mut events = world.events(&project.id, 0).await;
    let turn = world.queue(&project.id, "go").await;
    let seen = events.until(|body| matches!(body, EventBody::PermissionRequested { .. })).await;
    let EventBody::PermissionRequested { permission } = &seen.last().unwrap().body else { unreachable!() };
    (project.id, turn, permission.clone())
}

fn answer(option: &str) -> AnswerPermission {
    AnswerPermission { option_id: option.into(), comment: None }
}

async fn end(world: &World, id: &ProjectId, turn: &Turn) -> Turn {
    let over = within(world.gaggle.turn(&call(), &alice(), id, &turn.id, Wait::Done)).await;
    crate::world::done(over)
}

#[tokio::test]
async fn what_the_agent_says_is_taken_once_though_the_answer_to_its_write_is_lost() {
    let mut tried = 0;
    for nth in 2.. {
        let world = World::new().await;
        world.gateway.script(|_| vec![Act::ask("shell"), Act::say("thanks")]);
        let project = world.create("one").await;
        within(world.activate(&project.id)).await.unwrap();
        let before = world.store.writes().len();
        world.store.fail(before + nth, Fault::After);
        let turn = world.queue(&project.id, "go").await;
        let story = async {
            let mut events = world.events(&project.id, 0).await;
            let seen = events.until(|body| matches!(body, EventBody::PermissionRequested { .. })).await;
            let EventBody::PermissionRequested { permission } = &seen.last().unwrap().body else {
                unreachable!()
            };
            let asked = permission.id.clone();
            let gaggle = &world.gaggle;
            let answered =
                gaggle.answer_permission(&call(), &alice(), &project.id, &asked, answer("allow_once")).await;
            // Nobody asks again: what was stored counts.
            let code = answered.map_err(|error| error.code).err();
            assert!(matches!(code, None | Some(Code::StoreUnavailable)), "{code:?}");
            end(&world, &project.id, &turn).await
        };
        let passes = async {
            loop {
                // Only what is tried again: no question shall be over before it is answered.
                let now = world.clock.now();
                let soon = world.clock.asleep(..=now.checked_add(Duration::from_secs(1)).unwrap()).await;
                world.clock.advance(soon.duration_since(now).unsigned_abs());
                tokio::task::yield_now().await;
            }
        };
        let over = tokio::select! {
            over = within(story) => over,
            () = passes => unreachable!("it passes for ever"),
        };
        assert_eq!((over.stop_reason, &*over.text), (Some(StopReason::EndTurn), "thanks"), "write {nth}");
        let events = world.gaggle.journal(&call(), &alice(), &project.id, 0, 1000, Default::default()).await;
        let events = events.unwrap().items;
        let count = |is: fn(&EventBody) -> bool| events.iter().filter(|event| is(&event.body)).count();
        assert_eq!(count(|body| matches!(body, EventBody::TurnStarted { .. })), 1, "write {nth}");
        assert_eq!(count(|body| matches!(body, EventBody::PermissionRequested { .. })), 1, "write {nth}");
        if world.store.writes().len() < before + nth {
            break;
        }
        tried += 1;
    }
    assert!(tried > 5, "{tried} writes");
}

#[tokio::test]
async fn the_first_answer_wins() {
    let world = World::new().await;
    let (id, turn, permission) = asked(&world).await;
    assert_eq!(world.project(&id).await.activity.state, ActivityState::Waiting);
    let all = world.gaggle.permissions(&call(), &alice(), None, true, None, 50).await.unwrap().items;
    assert_eq!(all, std::slice::from_ref(&permission));

    let wrong =
        world.gaggle.answer_permission(&call(), &alice(), &id, &permission.id, answer("nonsense")).await;
    assert_eq!(wrong.unwrap_err().code, Code::InvalidRequest);
    let answered =
        world.gaggle.answer_permission(&call(), &alice(), &id, &permission.id, answer("allow_once")).await;
    assert_eq!(answered.unwrap().state, PermissionState::Answered);
    assert_eq!(end(&world, &id, &turn).await.text, "may I?\n\nthanks");
    let late =
        world.gaggle.answer_permission(&call(), &alice(), &id, &permission.id, answer("reject_once")).await;
    let late = late.unwrap_err();
    assert_eq!(late.code, Code::PermissionAlreadyAnswered);
    assert!(late.message.contains("alice"), "{}", late.message);
    let kept = world.gaggle.permissions(&call(), &alice(), Some(&id), false, None, 50).await.unwrap().items;
    assert_eq!((kept.len(), kept[0].state), (1, PermissionState::Answered));
    let everywhere = world.gaggle.permissions(&call(), &alice(), None, false, None, 50).await.unwrap().items;
    assert_eq!(everywhere, kept, "the past of all projects");
    let after = Some(permission.id.clone());
    assert_eq!(world.gaggle.permissions(&call(), &alice(), None, false, after, 50).await.unwrap().items, []);
}

#[tokio::test]
async fn an_answer_that_is_repeated_under_its_key_is_the_same_answer_also_after_the_turn() {
    let mut world = World::new().await;
    let (id, turn, permission) = asked(&world).await;
    let again = |world: &World, body: &'static str| {
        let (gaggle, id, permission) = (world.gaggle.clone(), id.clone(), permission.id.clone());
        let call = crate::world::keyed("k", body);
        async move { gaggle.answer_permission(&call, &alice(), &id, &permission, answer("allow_once")).await }
    };
    let first = again(&world, "h").await.unwrap();
    assert_eq!(first.state, PermissionState::Answered);
    end(&world, &id, &turn).await;
    within(async {
        while !world.restful_turns(&id).await {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(again(&world, "h").await.unwrap(), first);
    world.crash().await;
    assert_eq!(again(&world, "h").await.unwrap(), first, "across restarts");
    assert_eq!(again(&world, "other").await.unwrap_err().code, Code::IdempotencyKeyReused);
    let other =
        world.gaggle.answer_permission(&call(), &alice(), &id, &permission.id, answer("allow_once")).await;
    assert_eq!(other.unwrap_err().code, Code::PermissionAlreadyAnswered, "without the key it is another");
}

#[tokio::test]
async fn what_was_decided_lately_comes_newest_first_and_what_waits_is_not_among_it() {
    let world = World::new().await;
    let over = async |project: Option<&ProjectId>| {
        let found = world.gaggle.permissions_over(&call(), &alice(), project, 50).await.unwrap();
        assert_eq!(found.next_cursor, None);
        found.items.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let (first, turn, old) = asked(&world).await;
    assert_eq!(over(None).await, []);
    world.gaggle.answer_permission(&call(), &alice(), &first, &old.id, answer("allow_once")).await.unwrap();
    end(&world, &first, &turn).await;
    world.clock.advance(Duration::from_secs(1));
    let (second, turn, new) = asked_in(&world, "two").await;
    let (_, _, waits) = asked_in(&world, "three").await;
    world.gaggle.answer_permission(&call(), &alice(), &second, &new.id, answer("reject_once")).await.unwrap();
    // Also while its turn still runs, and after it.
    assert_eq!(over(None).await, [new.id.clone(), old.id.clone()]);
    end(&world, &second, &turn).await;
    assert_eq!(over(None).await, [new.id.clone(), old.id.clone()]);
    assert_eq!(over(Some(&first)).await, [old.id]);
    assert_eq!(over(Some(&waits.project_id)).await, []);
}

#[tokio::test]
async fn a_rejection_takes_a_comment() {
    let world = World::new().await;
    let (id, turn, permission) = asked(&world).await;
    let body =
        AnswerPermission { option_id: "reject_once".into(), comment: Some("use the other one".into()) };
    let answered =
        world.gaggle.answer_permission(&call(), &alice(), &id, &permission.id, body).await.unwrap();
    assert_eq!(answered.comment.as_deref(), Some("use the other one"));
    assert_eq!(end(&world, &id, &turn).await.stop_reason, Some(StopReason::EndTurn));
}

#[tokio::test]
async fn nobody_answers_and_the_turn_ends() {
    let world = World::new().await;
    let (id, turn, permission) = asked(&world).await;
    let mut events = world.events(&id, 0).await;
    assert_eq!(permission.expires_at.duration_since(world.clock.now()).as_secs(), 600);
    world.clock.advance(Duration::from_secs(601));
    let seen = events.until(|body| matches!(body, EventBody::PermissionResolved { .. })).await;
    let EventBody::PermissionResolved { permission } = &seen.last().unwrap().body else { unreachable!() };
    assert_eq!(permission.state, PermissionState::Expired);
    assert_eq!(end(&world, &id, &turn).await.stop_reason, Some(StopReason::PermissionTimeout));
}

#[tokio::test]
async fn the_time_without_a_server_does_not_count_towards_an_approval_and_the_time_before_does() {
    let mut world = World::new().await;
    let (id, turn, permission) = asked(&world).await;
    world.clock.advance(Duration::from_secs(400));
    // Any write stores that a server was there; without one it is stored every few seconds.
    let body = gaggle_shared::UpdateSession { title: Some("seen".into()), ..Default::default() };
    world.gaggle.update_session(&call(), &alice(), &id, &permission.session_id, body).await.unwrap();
    world.crash_for(Duration::from_secs(5_000)).await;
    let pending = world.gaggle.permissions(&call(), &alice(), None, true, None, 50).await.unwrap().items;
    assert_eq!(pending[0].id, permission.id);
    assert_eq!(pending[0].expires_at.duration_since(world.clock.now()).as_secs(), 200);
    world
        .gaggle
        .answer_permission(&call(), &alice(), &id, &permission.id, answer("allow_once"))
        .await
        .unwrap();
    assert_eq!(end(&world, &id, &turn).await.text, "may I?\n\nthanks");
}

#[tokio::test]
async fn a_page_is_told_nothing_while_an_approval_only_waits() {
    let world = World::new().await;
    let (id, _, permission) = asked(&world).await;
    let mut told = world.gaggle.user_events(&call(), &alice(), None).await.unwrap();
    within(told.next()).await.unwrap();
    let before = world.store.load(&id).await.unwrap().unwrap().generation;
    // The books note that a server is there.
    world.clock.advance(Duration::from_secs(16));
    within(async {
        loop {
            let writes = world.store.writes().len();
            if world.store.load(&id).await.unwrap().unwrap().generation > before {
                return;
            }
            world.store.reached(writes + 1).await;
        }
    })
    .await;
    world
        .gaggle
        .answer_permission(&call(), &alice(), &id, &permission.id, answer("allow_once"))
        .await
        .unwrap();
    let (_, first) = within(told.next()).await.unwrap();
    let UserEvent::Changed(project) = first else { panic!("{first:?}") };
    assert_eq!(project.activity.pending_permissions, [], "the first that is told is the answer");
}

#[tokio::test]
async fn a_cancel_takes_back_what_was_asked() {
    let world = World::new().await;
    let (id, _, permission) = asked(&world).await;
    let turn = within(world.gaggle.cancel(&call(), &alice(), &id, Default::default(), Wait::Done)).await;
    let turn = crate::world::done(turn);
    assert_eq!(turn.stop_reason, Some(StopReason::Cancelled));
    let choice = gaggle_core::port::PermissionChoice::Cancelled;
    let told = |command: &gaggle_core::port::AgentCommand| matches!(command, gaggle_core::port::AgentCommand::Answer { permission: of, choice: is, .. } if *of == permission.id && *is == choice);
    within(world.gateway.sent_when(&id, told)).await;
    let kept = world.gaggle.permissions(&call(), &alice(), Some(&id), false, None, 50).await.unwrap().items;
    assert_eq!(kept[0].state, PermissionState::Cancelled);
}

#[tokio::test]
async fn a_page_of_what_waits_goes_on_though_its_last_was_answered_meanwhile() {
    let world = World::new().await;
    let (one, turn, first) = asked_in(&world, "one").await;
    world.clock.advance(Duration::from_millis(1));
    let (_, _, second) = asked_in(&world, "two").await;
    let (by, of) = (call(), alice());
    let page = |after| world.gaggle.permissions(&by, &of, None, true, after, 1);
    let head = page(None).await.unwrap();
    assert_eq!((head.items.as_slice(), head.next_cursor.is_some()), (std::slice::from_ref(&first), true));
    world.gaggle.answer_permission(&by, &of, &one, &first.id, answer("allow_once")).await.unwrap();
    end(&world, &one, &turn).await;
    while !world.restful_turns(&one).await {
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_millis(1));
    let (_, _, third) = asked_in(&world, "three").await;
    let rest = world.gaggle.permissions(&by, &of, None, true, Some(first.id), 9).await.unwrap();
    assert_eq!(rest.items, [second.clone(), third]);
    let last = world.gaggle.permissions(&by, &of, None, true, Some(second.id), 9).await.unwrap();
    assert_eq!(last.items.len(), 1);
}

#[tokio::test]
async fn comments_are_of_what_a_project_may_hold() {
    let world = World::new().await;
    let (id, _, permission) = asked(&world).await;
    let huge = AnswerPermission { comment: Some("x".repeat(9 << 20)), ..answer("allow_once") };
    let refused = world.gaggle.answer_permission(&call(), &alice(), &id, &permission.id, huge).await;
    assert_eq!(refused.unwrap_err().code, Code::TurnQueueFull);
    let answered =
        world.gaggle.answer_permission(&call(), &alice(), &id, &permission.id, answer("allow_once")).await;
    assert_eq!(answered.unwrap().state, PermissionState::Answered);
}
