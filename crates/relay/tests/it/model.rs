//! Setting the model of a session that runs, as the real Goose takes it.

use crate::kit::{Home, Relay};
use gaggle_agent::encode;
use gaggle_core::port::AgentCommand;
use gaggle_shared::TurnId;
use serde_json::json;

#[tokio::test]
async fn the_model_of_a_running_session_is_set() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    let session = conn.session().await;
    let turn = TurnId::parse("t1").unwrap();
    let (agent_session, model) = (session.clone(), "gpt-4o".into());
    let wanted = AgentCommand::SetModel { turn, agent_session, model, start: 1, wish: 0 };
    let command = encode::command(&wanted, &conn.hello.workspace);
    conn.command(&command.id, command.body).await;
    let answer = conn.answer(&command.id).await;
    let options = answer["result"]["configOptions"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let model = options.iter().find(|option| option["id"] == "model").unwrap();
    assert_eq!(model["currentValue"], "gpt-4o", "{answer}");
    // And it is still the session's: a load of it says so.
    let params = json!({ "sessionId": session, "cwd": conn.hello.workspace, "mcpServers": [] });
    let loaded = conn.request("load:t1:1", "session/load", params).await;
    let text = loaded.to_string();
    assert!(text.contains("gpt-4o"), "{text}");
}
