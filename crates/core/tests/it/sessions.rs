//! Deleted conversations: out of sight at once, and nothing of them is left in the end, here or with the agent.

use crate::world::{World, alice, call, done, within};
use gaggle_core::{
    port::{AgentCommand, AgentEvent, AgentUpdate, PermissionChoice, Store as _, TurnQuery},
    service::{MessageQuery, Outcome, Wait},
};
use gaggle_shared::{
    Code, CreateProject, EventBody, Mode, Part, Phase, ProjectId, ProjectName, SendMessage, SessionId, Turn,
    TurnState, UpdateSession,
};
use gaggle_testkit::{Act, store::Fault};

fn script(prompt: &str) -> Vec<Act> {
    match prompt {
        "ask" => vec![Act::say("may I?"), Act::ask("tool"), Act::say(" thanks")],
        "hold" => vec![Act::say("so "), Act::Hold, Act::say("on")],
        other => vec![Act::say(other)],
    }
}

async fn scripted() -> World {
    let world = World::new().await;
    world.gateway.script(script);
    world
}

async fn conversation(world: &World, id: &ProjectId) -> SessionId {
    world.gaggle.create_session(&call(), &alice(), id, Default::default()).await.unwrap().id
}

async fn queue(world: &World, id: &ProjectId, session: &SessionId, text: &str) -> Turn {
    let body = SendMessage { session_id: Some(session.clone()), ..SendMessage::of(text) };
    match world.gaggle.send_message(&call(), &alice(), id, body, Wait::Now).await.unwrap() {
        Outcome::Done(turn) | Outcome::Pending(turn) => turn,
    }
}

async fn answered(world: &World, id: &ProjectId, session: &SessionId, text: &str) {
    let turn = queue(world, id, session, text).await;
    done(within(world.gaggle.turn(&call(), &alice(), id, &turn.id, Wait::Done)).await);
}

async fn delete(world: &World, id: &ProjectId, session: &SessionId) -> Result<(), gaggle_core::error::Error> {
    within(world.gaggle.delete_session(&call(), &alice(), id, session)).await
}

/// Waits until the agent has forgotten all but so many conversations, and the record has nothing left to do.
async fn forgotten(world: &World, id: &ProjectId, left: usize) {
    let is = || async {
        let record = world.disk.load(id).await.unwrap().unwrap();
        record.doomed.is_empty() && record.turns.is_empty() && world.gateway.sessions(id).len() == left
    };
    within(async {
        while !is().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn stored(world: &World, id: &ProjectId, session: &SessionId) -> usize {
    let query = TurnQuery {
        session: Some(session.clone()),
        before: None,
        after: None,
        oldest_first: false,
        limit: 50,
    };
    world.disk.turns(id, &query).await.unwrap().len()
}

#[tokio::test]
async fn a_conversation_that_waits_for_an_approval_is_ended_before_the_agent_forgets_it() {
    let world = scripted().await;
    let id = world.create("one").await.id;
    let session = conversation(&world, &id).await;
    let mut events = world.events(&id, 0).await;
    queue(&world, &id, &session, "ask").await;
    events.until(|body| matches!(body, EventBody::PermissionRequested { .. })).await;
    delete(&world, &id, &session).await.unwrap();
    assert_eq!(delete(&world, &id, &session).await.unwrap_err().code, Code::SessionNotFound);
    forgotten(&world, &id, 0).await;
    let told: Vec<_> = (world.gateway.sent(&id).into_iter())
        .filter_map(|command| match command {
            AgentCommand::Answer { choice: PermissionChoice::Cancelled, .. } => Some("answer"),
            AgentCommand::Cancel { .. } => Some("cancel"),
            AgentCommand::DeleteSession { .. } => Some("delete"),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["answer", "cancel", "delete"]);
    assert_eq!(stored(&world, &id, &session).await, 0);
}

#[tokio::test]
async fn what_is_deleted_asleep_is_forgotten_at_the_next_start() {
    let mut world = scripted().await;
    let project = world.create("one").await;
    let id = project.id;
    let session = conversation(&world, &id).await;
    answered(&world, &id, &session, "a").await;
    done(within(world.gaggle.deactivate(&call(), &alice(), &id, Wait::Done)).await);
    delete(&world, &id, &session).await.unwrap();
    assert_eq!(world.gateway.sessions(&id).len(), 1);
    // Nobody keeps it in memory either.
    world.crash().await;
    assert_eq!(world.project(&id).await.phase, Phase::Inactive, "it wakes nobody");
    done(within(world.send(&id, "b")).await);
    forgotten(&world, &id, 1).await;
    let order: Vec<_> = (world.gateway.sent(&id).into_iter())
        .filter_map(|command| match command {
            AgentCommand::DeleteSession { .. } => Some("delete"),
            AgentCommand::NewSession { .. } => Some("new"),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["new", "delete", "new"], "the agent may use an id again that it has forgotten");
}

#[tokio::test]
async fn a_store_that_fails_in_the_middle_of_a_deletion_says_so_and_the_rest_follows() {
    let world = scripted().await;
    let id = world.create("one").await.id;
    let session = conversation(&world, &id).await;
    answered(&world, &id, &session, "a").await;
    while !world.restful_turns(&id).await {
        tokio::task::yield_now().await;
    }
    // The record is written, and then the store fails for a while.
    let writes = world.store.writes().len();
    (2..30).for_each(|n| world.store.fail(writes + n, Fault::Before));
    let error = passing(&world, delete(&world, &id, &session)).await.unwrap_err();
    assert_eq!(error.code, Code::StoreUnavailable);
    assert_eq!(stored(&world, &id, &session).await, 1);
    let query = MessageQuery { limit: 50, ..Default::default() };
    let shown = world.gaggle.messages(&call(), &alice(), &id, &query).await.unwrap().items;
    assert_eq!(shown, [], "it is out of sight at once");
    // Who asks again waits for the rest.
    while passing(&world, delete(&world, &id, &session)).await.is_err() {}
    assert_eq!(stored(&world, &id, &session).await, 0);
}

/// Time passes until this is over.
async fn passing<T>(world: &World, over: impl Future<Output = T>) -> T {
    let time = async {
        loop {
            world.clock.advance(std::time::Duration::from_millis(200));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        over = over => over,
        () = time => unreachable!("time goes on"),
    }
}

/// A conversation is begun, runs and asks, and is deleted; another goes on. Each call is repeated until it is
/// acknowledged, as a client would.
async fn story(world: &World) -> Result<(), gaggle_core::error::Error> {
    let key = |name: &str| crate::world::keyed(name, "body");
    let (gaggle, alice) = (&world.gaggle, alice());
    let body = CreateProject { name: ProjectName::parse("one").unwrap(), settings: None };
    let id = gaggle.create_project(&key("create"), &alice, body).await?.id;
    let session = gaggle.create_session(&key("session"), &alice, &id, Default::default()).await;
    match session {
        Ok(session) => {
            let to =
                |text: &str| SendMessage { session_id: Some(session.id.clone()), ..SendMessage::of(text) };
            let first = gaggle.send_message(&key("first"), &alice, &id, to("a"), Wait::Done).await;
            let asking = gaggle.send_message(&key("ask"), &alice, &id, to("ask"), Wait::Now).await;
            // It may be deleted already, by a call whose answer was lost.
            if let (Ok(_), Ok(Outcome::Pending(asking) | Outcome::Done(asking))) = (first, asking)
                && asking.state != TurnState::Ended
            {
                let mut events = world.events(&id, 0).await;
                let asked = |body: &EventBody| matches!(body, EventBody::PermissionRequested { .. });
                events
                    .until(|body| {
                        asked(body) || matches!(body, EventBody::TurnEnded { turn } if turn.id == asking.id)
                    })
                    .await;
            }
            match gaggle.delete_session(&call(), &alice, &id, &session.id).await {
                Err(error) if error.code == Code::SessionNotFound => {}
                other => other?,
            }
        }
        // The repeat finds that it was deleted.
        Err(error) if error.code == Code::SessionNotFound => {}
        Err(error) => return Err(error),
    }
    let last =
        done(Ok(gaggle.send_message(&key("last"), &alice, &id, SendMessage::of("b"), Wait::Done).await?));
    assert_eq!(last.text, "b");
    Ok(())
}

#[tokio::test]
async fn a_crash_after_any_write_leaves_nothing_of_a_deleted_conversation() {
    let whole = scripted().await;
    within(story(&whole)).await.unwrap();
    let writes = whole.store.writes().len();
    assert!(writes > 12, "{writes} writes");
    for k in 1..=writes {
        let mut world = scripted().await;
        world.store.die_after(k);
        {
            let dead = async { world.store.reached(k).await };
            tokio::select! {
                told = story(&world) => if told.is_ok() { continue },
                () = dead => {}
            }
        }
        world.crash().await;
        let told = tokio::time::timeout(std::time::Duration::from_secs(20), story(&world)).await;
        let last = whole.store.writes().get(k - 1).map(|write| format!("{write:?}"));
        match told {
            Ok(Ok(())) => {}
            other => panic!("after write {k} of {writes} ({last:?}): {other:?}"),
        }
        let query = gaggle_core::service::ProjectsQuery { limit: 50, ..Default::default() };
        let id = world.gaggle.projects(&call(), &alice(), &query).await.unwrap().items[0].id.clone();
        forgotten(&world, &id, 1).await;
        let all = MessageQuery { limit: 50, ..Default::default() };
        let all = world.gaggle.messages(&call(), &alice(), &id, &all).await;
        assert_eq!(all.unwrap().items.len(), 2, "after write {k} of {writes} ({last:?})");
        let query = TurnQuery { session: None, before: None, after: None, oldest_first: false, limit: 50 };
        assert_eq!(world.disk.turns(&id, &query).await.unwrap().len(), 1, "after write {k} of {writes}");
    }
}

fn modes(world: &World, id: &ProjectId) -> Vec<Mode> {
    let sent = world.gateway.sent(id).into_iter();
    sent.filter_map(|command| match command {
        AgentCommand::SetMode { mode, .. } => Some(mode),
        _ => None,
    })
    .collect()
}

#[tokio::test]
async fn a_mode_that_the_agent_changes_by_itself_is_shown_and_stays() {
    let world = World::new().await;
    world.gateway.script(|prompt| match prompt {
        "change" => vec![Act::say("so"), Act::Update(AgentUpdate::Mode(Mode::Chat)), Act::Hold],
        other => vec![Act::say(other)],
    });
    let project = world.create("one").await;
    let (id, session) = (project.id, project.default_session_id);
    let mut events = world.events(&id, 0).await;
    world.queue(&id, "change").await;
    let is = |mode| move |body: &EventBody| matches!(body, EventBody::SessionChanged { session } if session.mode == Some(mode));
    events.until(is(Mode::Chat)).await;
    let shown = world.gaggle.sessions(&call(), &alice(), &id).await.unwrap().items;
    assert_eq!(shown[0].mode, Some(Mode::Chat));
    world.gateway.resume(&id);
    done(within(world.send(&id, "next")).await);
    assert_eq!(modes(&world, &id), [Mode::SmartApprove], "the agent has it already");

    // What a person has wished meanwhile counts more.
    world.queue(&id, "change").await;
    events.until(|body| matches!(body, EventBody::TurnStarted { turn } if turn.prompt == "change")).await;
    let wish = UpdateSession { mode: Some(Some(Mode::Auto)), ..Default::default() };
    world.gaggle.update_session(&call(), &alice(), &id, &session, wish).await.unwrap();
    let agent_session = world.gateway.sessions(&id).pop().unwrap();
    world.gateway.emit(&id, AgentEvent::Update { agent_session, update: AgentUpdate::Mode(Mode::Approve) });
    world.gateway.resume(&id);
    done(within(world.send(&id, "last")).await);
    assert_eq!(modes(&world, &id), [Mode::SmartApprove, Mode::Auto]);
    let shown = world.gaggle.sessions(&call(), &alice(), &id).await.unwrap().items;
    assert_eq!(shown[0].mode, Some(Mode::Auto));
}

#[tokio::test]
async fn what_the_agent_has_and_no_record_knows_is_forgotten_after_a_start() {
    let world = scripted().await;
    let id = world.create("one").await.id;
    done(within(world.send(&id, "a")).await);
    world.gateway.remember(&id, "stray");
    assert_eq!(world.gateway.sessions(&id).len(), 2);
    done(within(world.gaggle.deactivate(&call(), &alice(), &id, Wait::Done)).await);
    done(within(world.send(&id, "b")).await);
    forgotten(&world, &id, 1).await;
    let query = MessageQuery { limit: 50, ..Default::default() };
    assert_eq!(world.gaggle.messages(&call(), &alice(), &id, &query).await.unwrap().items.len(), 4);
}

#[tokio::test]
async fn a_conversation_that_the_agent_has_lost_begins_anew_and_says_so() {
    let world = scripted().await;
    let id = world.create("one").await.id;
    done(within(world.send(&id, "a")).await);
    done(within(world.gaggle.deactivate(&call(), &alice(), &id, Wait::Done)).await);
    world.gateway.lose_sessions(&id);
    let turn = done(within(world.send(&id, "b")).await);
    assert_eq!((turn.text.as_str(), turn.parts.len()), ("b", 2), "{turn:?}");
    let Part::Thought { text } = &turn.parts[0] else { panic!("{turn:?}") };
    assert!(text.contains("begins anew"), "{text}");
    assert_eq!(done(within(world.send(&id, "c")).await).parts.len(), 1, "it is said once");
}
