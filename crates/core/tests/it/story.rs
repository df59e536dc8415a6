//! The story that is told again and again, with the server dying after each of its writes: it calls everything that
//! writes. Each call is repeated under its key until it is acknowledged, as a client would; what has no key may be
//! found done already.

use crate::world::{World, alice, call, done, keyed, message};
use gaggle_core::{
    error::Error,
    service::{Call, MessageQuery, Outcome, Wait},
};
use gaggle_shared::{
    AnswerPermission, Code, CreateProject, EditTurn, EventBody, Part, ProjectId, ProjectName, Role,
    SendMessage, SteerTurn, StopReason, Turn, TurnId, TurnState, UpdateSession,
};
use gaggle_testkit::Act;

/// What the agent does in it.
pub(crate) fn script(prompt: &str) -> Vec<Act> {
    match prompt {
        "ask" => vec![Act::say("may I?"), Act::ask("tool"), Act::say(" thanks")],
        "work" => vec![Act::say("so "), Act::Hold, Act::say(" done")],
        words => words.split(' ').map(|word| Act::say(format!("{word} "))).collect(),
    }
}

/// From create to delete.
pub(crate) async fn tell(world: &World) -> Result<(), Error> {
    let body = CreateProject { name: ProjectName::parse("one").unwrap(), settings: None };
    let id = world.gaggle.create_project(&key("create"), &alice(), body).await?.id;
    let named = serde_json::from_value(serde_json::json!({ "name": "renamed" })).unwrap();
    world.gaggle.update_project(&call(), &alice(), &id, named).await?;
    done(Ok(world.gaggle.activate(&key("activate"), &alice(), &id, Wait::Done).await?));
    assert_eq!(send(world, &id, "one two three").await?.text, "one two three ");
    while_it_works(world, &id).await?;
    cancelled(world, &id).await?;
    asked(world, &id).await?;
    aside(world, &id).await?;
    done(Ok(world.gaggle.deactivate(&key("deactivate"), &alice(), &id, Wait::Done).await?));
    assert_eq!(send(world, &id, "four five").await?.text, "four five ");
    whole(world, &id).await?;
    done(Ok(world.gaggle.delete_project(&call(), &alice(), &id, Wait::Done).await?));
    Ok(())
}

fn key(name: &str) -> Call {
    keyed(name, "body")
}

/// Sends this, its words being its key, and waits for the answer.
async fn send(world: &World, id: &ProjectId, text: &str) -> Result<Turn, Error> {
    let sent = world.gaggle.send_message(&key(text), &alice(), id, message(text), Wait::Done).await?;
    Ok(done(Ok(sent)))
}

/// Sends this and waits for nothing.
async fn queue(world: &World, id: &ProjectId, name: &str, text: &str) -> Result<TurnId, Error> {
    match world.gaggle.send_message(&key(name), &alice(), id, message(text), Wait::Now).await? {
        Outcome::Pending(turn) | Outcome::Done(turn) => Ok(turn.id),
    }
}

async fn turn(world: &World, id: &ProjectId, turn: &TurnId, wait: Wait) -> Result<Turn, Error> {
    match world.gaggle.turn(&call(), &alice(), id, turn, wait).await? {
        Outcome::Pending(turn) | Outcome::Done(turn) => Ok(turn),
    }
}

/// Reads the journal until something like this has happened; nothing if the turn ended before.
async fn seen(
    world: &World,
    id: &ProjectId,
    turn: &TurnId,
    is: impl Fn(&EventBody) -> bool,
) -> Option<EventBody> {
    let mut events = world.events(id, 0).await;
    loop {
        let event = events.next().await;
        if event.body.turn_id() != Some(turn) {
            continue;
        }
        match event.body {
            body if is(&body) => return Some(body),
            EventBody::TurnEnded { .. } => return None,
            _ => {}
        }
    }
}

/// While a turn runs it is added to, and of two messages that wait one is changed and one taken back.
async fn while_it_works(world: &World, id: &ProjectId) -> Result<(), Error> {
    let gaggle = &world.gaggle;
    let work = queue(world, id, "work", "work").await?;
    seen(world, id, &work, |body| matches!(body, EventBody::TurnStarted { .. })).await;
    let also = SteerTurn { text: "also".into(), session_id: None };
    assert_eq!(gaggle.steer(&key("steer"), &alice(), id, also).await?.id, work);
    let second = queue(world, id, "second", "second").await?;
    let body = EditTurn { text: "changed".into() };
    match gaggle.edit_turn(&call(), &alice(), id, &second, body).await {
        Err(error) if error.code == Code::TurnStarted => {
            assert_eq!(turn(world, id, &second, Wait::Now).await?.prompt, "changed", "it was changed before");
        }
        edited => assert_eq!(edited?.prompt, "changed"),
    }
    let third = queue(world, id, "third", "third").await?;
    match gaggle.take_back_turn(&call(), &alice(), id, &third).await {
        Err(error) if error.code == Code::TurnStarted => {}
        taken => drop(taken?),
    }
    assert_eq!(turn(world, id, &third, Wait::Now).await?.stop_reason, Some(StopReason::Cancelled));
    // The agent has what was added before it goes on.
    let added = |body: &EventBody| matches!(body, EventBody::MessageDelta { text, role: Role::Assistant, .. } if text.contains("also"));
    seen(world, id, &work, added).await;
    if turn(world, id, &work, Wait::Now).await?.state != TurnState::Ended {
        world.gateway.resume(id);
    }
    assert_eq!(turn(world, id, &work, Wait::Done).await?.text, "so steered: also done");
    assert_eq!(turn(world, id, &second, Wait::Done).await?.text, "changed ");
    Ok(())
}

/// A running turn is stopped.
async fn cancelled(world: &World, id: &ProjectId) -> Result<(), Error> {
    let work = queue(world, id, "to be cancelled", "work").await?;
    seen(world, id, &work, |body| matches!(body, EventBody::MessageDelta { .. })).await;
    let ended = world.gaggle.cancel(&key("cancel"), &alice(), id, Default::default(), Wait::Done).await?;
    let ended = done(Ok(ended));
    assert_eq!((ended.id, ended.stop_reason), (work, Some(StopReason::Cancelled)));
    assert_eq!(ended.text, "so ");
    Ok(())
}

/// The agent asks and is answered.
async fn asked(world: &World, id: &ProjectId) -> Result<(), Error> {
    let ask = queue(world, id, "ask", "ask").await?;
    let asks = |body: &EventBody| matches!(body, EventBody::PermissionRequested { .. });
    let Some(EventBody::PermissionRequested { permission }) = seen(world, id, &ask, asks).await else {
        panic!("it did not ask");
    };
    let answer = AnswerPermission { option_id: "allow_once".into(), comment: None };
    world.gaggle.answer_permission(&key("answer"), &alice(), id, &permission.id, answer).await?;
    let over = turn(world, id, &ask, Wait::Done).await?;
    assert_eq!((over.stop_reason, over.text.as_str()), (Some(StopReason::EndTurn), "may I?\n\n thanks"));
    Ok(())
}

/// Another conversation, which goes again with all that was said in it.
async fn aside(world: &World, id: &ProjectId) -> Result<(), Error> {
    let gaggle = &world.gaggle;
    let made = match gaggle.create_session(&key("session"), &alice(), id, Default::default()).await {
        Err(error) if error.code == Code::SessionNotFound => return Ok(()),
        made => made?.id,
    };
    let title = UpdateSession { title: Some("aside".into()), ..Default::default() };
    gaggle.update_session(&call(), &alice(), id, &made, title).await?;
    let body = SendMessage { session_id: Some(made.clone()), ..message("aside") };
    let sent = gaggle.send_message(&key("aside"), &alice(), id, body, Wait::Done).await?;
    assert_eq!(done(Ok(sent)).text, "aside ");
    gaggle.delete_session(&call(), &alice(), id, &made).await
}

/// Nothing is lost and nothing doubled.
async fn whole(world: &World, id: &ProjectId) -> Result<(), Error> {
    let sessions = world.gaggle.sessions(&call(), &alice(), id).await?.items;
    assert_eq!(sessions.len(), 1, "{sessions:#?}");
    // Of all conversations: nothing of the one that was deleted is left.
    let query = MessageQuery { limit: 50, ..Default::default() };
    let page = world.gaggle.messages(&call(), &alice(), id, &query).await?;
    let (said, answers): (Vec<_>, Vec<_>) = page.items.iter().partition(|message| message.role == Role::User);
    // The clock stands still, so their order says nothing.
    let mut said: Vec<_> = said.iter().map(|message| message.parts.as_slice()).collect();
    said.sort_by_key(|parts| format!("{parts:?}"));
    let expected = ["also", "ask", "changed", "four five", "one two three", "third", "work", "work"];
    assert_eq!(said, expected.map(|text| vec![Part::Text { text: text.into() }]));
    assert_eq!(answers.len(), 6, "to all but what was added and what was taken back: {answers:#?}");
    let turns = world.gaggle.turns(&call(), &alice(), id, None, None, 50).await?.items;
    assert!(turns.iter().all(|turn| turn.state == TurnState::Ended));
    assert_eq!(world.gaggle.project(&call(), &alice(), id).await?.name.as_str(), "renamed");
    Ok(())
}

/// What writes, from the code: every call that asks for more than to read, or changes a record.
fn writes() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/service");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let code = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for method in code.split("pub async fn ").skip(1) {
            let body = method.split("\n    }\n").next().unwrap();
            let name = body.split(['(', '<']).next().unwrap();
            let asks = body.replace("Action::Read", "").contains("Action::");
            if body.contains("call: &Call") && (asks || body.contains(".change(")) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn the_story_calls_everything_that_writes() {
    let (all, told) = (writes(), include_str!("story.rs"));
    assert!(all.len() >= 14, "{all:?}");
    let missing: Vec<_> = all.iter().filter(|name| !told.contains(&format!("gaggle.{name}("))).collect();
    assert!(missing.is_empty(), "no death of the server is tried while these write: {missing:?}");
}
