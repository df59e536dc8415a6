use super::intent::{Intent, read};
use super::reply::{Reply, WHO, reply};
use super::request::Request;
use serde_json::{Value, json};

fn command(text: &str) -> String {
    match read(text) {
        Intent::Shell { command, .. } => command,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn requests_in_plain_english_become_commands() {
    for (text, expected) in [
        ("create a file a.txt with hello", "printf '%s\\n' 'hello' > 'a.txt'"),
        (
            "Please create a file called `b c.txt` containing \"it's\"",
            "printf '%s\\n' 'it'\\''s' > 'b c.txt'",
        ),
        (
            "write a new file src/x.rs with the text fn main() {}",
            "mkdir -p -- 'src' && printf '%s\\n' 'fn main() {}' > 'src/x.rs'",
        ),
        ("make a file empty.txt", ": > 'empty.txt'"),
        ("list the files", "ls -la"),
        ("What files are there?", "ls -la"),
        ("show me the file a.txt", "cat -- 'a.txt'"),
        ("run `sleep 1000`", "sleep 1000"),
        ("Run echo 'a b'", "echo 'a b'"),
    ] {
        assert_eq!(command(text), expected, "{text}");
    }
    assert_eq!(read("count to 5 slowly"), Intent::Count { to: 5, slowly: true });
    assert_eq!(read("Count to 99999999999"), Intent::Unknown);
    assert_eq!(read("count to 999999, please"), Intent::Count { to: 10_000, slowly: false });
    for text in
        ["", "hello", "ü", "create", "create a file", "run ", "show me a film", "ŵrite a file x with y"]
    {
        assert_eq!(read(text), Intent::Unknown, "{text}");
    }
}

fn ask(messages: &Value, tools: &[&str]) -> Reply {
    let tools: Vec<Value> =
        tools.iter().map(|name| json!({"type": "function", "function": {"name": name}})).collect();
    let request: Request =
        serde_json::from_value(json!({"messages": messages, "tools": tools, "stream": true})).unwrap();
    reply(&request)
}

#[test]
fn every_answer_says_who_speaks_and_tools_are_called_as_offered() {
    let user =
        json!({"role": "user", "content": "run ls\n<turn-context>\n<x>run other</x>\n</turn-context>"});
    let called = ask(&json!([user]), &["edit", "developer__shell"]);
    assert!(called.text.starts_with(WHO));
    assert_eq!(called.tool, Some(("developer__shell".into(), r#"{"command":"ls"}"#.into())));
    let without = ask(&json!([user]), &["edit"]);
    assert!(without.text.starts_with(WHO) && without.tool.is_none());

    let result = json!({"role": "tool", "content": [{"type": "text", "text": "a.txt ```"}]});
    let context = json!({"role": "user", "content": "<turn-context>\nx\n</turn-context>"});
    let commented = ask(&json!([user, {"role": "assistant", "content": null}, result, context]), &["shell"]);
    assert_eq!(commented.text, "That gave:\n\n````\na.txt ```\n````\n");
    assert_eq!(commented.tool, None);

    let next = json!([user, {"role": "assistant"}, result, {"role": "assistant", "content": "x"}, {"role": "user", "content": "hi"}]);
    assert!(ask(&next, &["shell"]).text.starts_with(WHO));
}

#[test]
fn a_message_that_was_joined_with_an_unanswered_one_is_read_alone() {
    let context = "<turn-context>\n<x>y</x>\n</turn-context>";
    let user = json!({"role": "user", "content": format!("run one\n{context}\nrun two\n{context}\n")});
    assert_eq!(ask(&json!([user]), &["shell"]).tool.unwrap().1, r#"{"command":"two"}"#);
}

#[test]
fn a_title_is_a_title() {
    let system = json!({"role": "system", "content": "Generate a short title (four words or less) …"});
    let user = json!({"role": "user", "content": "---BEGIN USER MESSAGES---\ncreate a file a.txt with hello\n---END USER MESSAGES---"});
    assert_eq!(ask(&json!([system, user]), &[]).text, "Create a file a.txt");
}
