//! What comes with a message, and the model of a conversation.

use crate::world::{World, alice, call, done, message, within};
use gaggle_core::{
    port::AgentCommand,
    service::{MessageQuery, Wait},
};
use gaggle_shared::{Attachment, Code, EventBody, ProjectId, SendMessage, Turn, UpdateSession};
use gaggle_testkit::Act;

const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

fn both() -> Vec<Attachment> {
    let of = |name: &str, mime_type: &str, text: Option<&str>, data: Option<&str>| Attachment {
        name: name.into(),
        mime_type: mime_type.into(),
        text: text.map(Into::into),
        data: data.map(Into::into),
    };
    vec![of("dot.png", "image/png", None, Some(PNG)), of("a.md", "text/markdown", Some("# So"), None)]
}

async fn send(world: &World, id: &ProjectId, body: SendMessage) -> Turn {
    done(within(world.gaggle.send_message(&call(), &alice(), id, body, Wait::Done)).await)
}

fn prompts(world: &World, id: &ProjectId) -> Vec<Vec<Attachment>> {
    let prompt = |command| match command {
        AgentCommand::Prompt { attachments, .. } => Some(attachments),
        _ => None,
    };
    world.gateway.sent(id).into_iter().filter_map(prompt).collect()
}

#[tokio::test]
async fn what_comes_with_a_message_reaches_the_agent_and_outlives_the_server() {
    let mut world = World::new().await;
    let id = world.create("one").await.id;
    let body = SendMessage { attachments: both(), ..message("look") };
    let turn = send(&world, &id, body).await;
    assert_eq!(prompts(&world, &id), [both()]);
    let infos: Vec<_> = both().iter().map(Attachment::info).collect();
    assert_eq!(turn.attachments, infos);
    world.crash().await;
    let query = MessageQuery { limit: 50, ..Default::default() };
    let messages = world.gaggle.messages(&call(), &alice(), &id, &query).await.unwrap().items;
    assert_eq!((&messages[0].attachments, messages[1].attachments.len()), (&infos, 0));
    for (index, one) in both().into_iter().enumerate() {
        let read = world.gaggle.attachment(&call(), &alice(), &id, &turn.id, index).await;
        assert_eq!(read.unwrap(), one);
    }
    let none = world.gaggle.attachment(&call(), &alice(), &id, &turn.id, 2).await.unwrap_err();
    assert_eq!(none.code, Code::TurnNotFound);
    // Sent again by the turn that brought it, without a word.
    let again = SendMessage { attachments_of: Some(turn.id.clone()), ..message("") };
    assert_eq!(send(&world, &id, again).await.attachments, infos);
    assert_eq!(prompts(&world, &id).last(), Some(&both()));
    let error = world.gaggle.send_message(&call(), &alice(), &id, message(" "), Wait::Now).await.unwrap_err();
    assert_eq!(error.code, Code::InvalidRequest);
}

fn set(command: AgentCommand) -> Option<String> {
    match command {
        AgentCommand::SetModel { model, .. } => Some(model),
        AgentCommand::Prompt { text, .. } => Some(text),
        _ => None,
    }
}

#[tokio::test]
async fn a_chosen_model_is_set_before_the_next_prompt_and_again_after_a_new_start() {
    let mut world = World::new().await;
    let project = world.create("one").await;
    let (id, session) = (project.id, project.default_session_id);
    world.send(&id, "a").await.unwrap();
    let wish =
        |model: Option<&str>| UpdateSession { model: Some(model.map(Into::into)), ..Default::default() };
    let mut events = world.events(&id, 0).await;
    let changed =
        world.gaggle.update_session(&call(), &alice(), &id, &session, wish(Some("m2"))).await.unwrap();
    assert_eq!(changed.model.as_deref(), Some("m2"));
    events.until(|body| matches!(body, EventBody::SessionChanged { session } if session.model.as_deref() == Some("m2"))).await;
    world.send(&id, "b").await.unwrap();
    world.send(&id, "c").await.unwrap();
    let told: Vec<_> = world.gateway.sent(&id).into_iter().filter_map(set).collect();
    assert_eq!(told, ["a", "m2", "b", "c"]);
    world.crash().await;
    world.gaggle.deactivate(&call(), &alice(), &id, Wait::Done).await.unwrap();
    let before = world.gateway.sent(&id).len();
    world.send(&id, "d").await.unwrap();
    let sent = world.gateway.sent(&id);
    let told: Vec<_> = sent.into_iter().skip(before).filter_map(set).collect();
    assert_eq!(told, ["m2", "d"]);
    let bad =
        world.gaggle.update_session(&call(), &alice(), &id, &session, wish(Some(" "))).await.unwrap_err();
    assert_eq!(bad.code, Code::InvalidRequest);
    let empty = UpdateSession::default();
    assert!(world.gaggle.update_session(&call(), &alice(), &id, &session, empty).await.is_err());
}

#[tokio::test]
async fn a_model_that_is_wished_otherwise_meanwhile_is_not_taken_for_the_new_one() {
    let world = World::new().await;
    world.gateway.script(|_| vec![Act::say("so"), Act::Hold]);
    let project = world.create("one").await;
    let (id, session) = (project.id, project.default_session_id);
    let mut events = world.events(&id, 0).await;
    world.queue(&id, "a").await;
    events.until(|body| matches!(body, EventBody::TurnStarted { .. })).await;
    world.queue(&id, "b").await;
    for model in ["m2", "m3"] {
        let wish = UpdateSession { model: Some(Some(model.into())), ..Default::default() };
        world.gaggle.update_session(&call(), &alice(), &id, &session, wish).await.unwrap();
    }
    world.gateway.resume(&id);
    events.until(|body| matches!(body, EventBody::TurnStarted { turn } if turn.prompt == "b")).await;
    let told: Vec<_> = world.gateway.sent(&id).into_iter().filter_map(set).collect();
    assert_eq!(told, ["a", "m3", "b"]);
}

#[tokio::test]
async fn what_runs_and_waits_together_is_bounded() {
    let world = World::new().await;
    world.runtime.hold();
    let id = world.create("one").await.id;
    let text = || SendMessage {
        attachments: vec![Attachment { text: Some("x".repeat(900 * 1024)), ..both().remove(1) }],
        ..message("look")
    };
    for _ in 0..4 {
        world.gaggle.send_message(&call(), &alice(), &id, text(), Wait::Now).await.unwrap();
    }
    let full = world.gaggle.send_message(&call(), &alice(), &id, text(), Wait::Now).await.unwrap_err();
    assert_eq!(full.code, Code::TurnQueueFull);
    assert!(full.hint.is_some_and(|hint| hint.contains("4 MiB")));
    world.gaggle.send_message(&call(), &alice(), &id, message("small"), Wait::Now).await.unwrap();
}
