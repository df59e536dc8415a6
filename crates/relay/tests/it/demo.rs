//! The demo model, as a person sees it through Goose.

use crate::kit::{Home, Relay};
use gaggle_relay_protocol::Payload;

#[tokio::test]
async fn it_says_what_it_is_makes_files_lists_them_and_gives_a_title() {
    let home = Home::bind().await;
    let mut relay = Relay::new(&home.url());
    relay.start();
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    let session = conn.session().await;

    conn.prompt("t1", &session, "Hello, who are you?").await;
    assert_eq!(conn.turn_end("t1").await, "end_turn");
    let first = conn.text();
    assert!(
        first.starts_with("I am Gaggle's **demo model**") && first.contains("ANTHROPIC_API_KEY"),
        "{first}"
    );

    conn.prompt("t2", &session, "Create a file notes/hello.txt with \"it's a goose\"").await;
    assert_eq!(conn.turn_end("t2").await, "end_turn");
    let file = format!("{}/notes/hello.txt", conn.hello.workspace);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "it's a goose\n");
    assert!(conn.text()[first.len()..].starts_with("I am Gaggle's **demo model**"));

    conn.prompt("t3", &session, "list the files").await;
    assert_eq!(conn.turn_end("t3").await, "end_turn");
    assert!(conn.text().contains("notes"), "{}", conn.text());

    let update = |kind: &str| {
        let frames = conn.got.frames.iter();
        let updates = frames.filter_map(|frame| match &frame.payload {
            Payload::Acp(message) => Some(&message["params"]["update"]),
            Payload::Note(_) => None,
        });
        updates.filter(|update| update["sessionUpdate"] == kind).collect::<Vec<_>>()
    };
    assert_eq!(update("tool_call").len(), 2);
    assert!(update("session_info_update").iter().any(|update| update["title"] == "Hello, who are you?"));
}
