//! The scripted model over a real socket, as Goose would ask it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use gaggle_testkit::model::{ScriptedModel, words};
use serde_json::{Value, json};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn ask(model: &ScriptedModel, prompt: &str) -> TcpStream {
    let body = json!({"model": "m", "stream": true, "tools": [{}],
        "messages": [{"role": "user", "content": prompt}]})
    .to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer k\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut socket = TcpStream::connect(model.addr()).await.unwrap();
    socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    socket
}

async fn answer(model: &ScriptedModel, prompt: &str) -> io::Result<String> {
    let mut text = String::new();
    ask(model, prompt).await.read_to_string(&mut text).await?;
    Ok(text)
}

/// The chunks of an answer, without the framing around them.
fn chunks(answer: &str) -> Vec<Value> {
    let data = answer.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

fn text(answer: &str) -> String {
    let pieces = chunks(answer).into_iter();
    pieces.filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned)).collect()
}

/// A failure instead of a hang.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future).await.expect("it never happened")
}

#[tokio::test]
async fn streams_text_word_by_word_and_ends_properly() {
    let model = ScriptedModel::start().await.unwrap();
    let answer = answer(&model, "@words 200").await.unwrap();
    assert_eq!(text(&answer), words(200));
    assert!(answer.contains("data: [DONE]"));
    assert_eq!(chunks(&answer).len(), 202, "200 words, the reason it stopped, the usage");
    let seen = model.requests();
    assert_eq!((seen[0].prompt.as_str(), seen[0].authorization.as_deref()), ("@words 200", Some("Bearer k")));
}

#[tokio::test]
async fn calls_tools_together() {
    let model = ScriptedModel::start().await.unwrap();
    let answer = answer(&model, "@shell echo a ;; echo b").await.unwrap();
    let calls = chunks(&answer)[0]["choices"][0]["delta"]["tool_calls"].clone();
    assert_eq!(calls[0]["function"]["arguments"], "{\"command\":\"echo a\"}");
    assert_eq!(calls[1]["function"]["arguments"], "{\"command\":\"echo b\"}");
    assert_ne!(calls[0]["id"], calls[1]["id"]);
}

#[tokio::test]
async fn answers_errors_and_garbage() {
    let model = ScriptedModel::start().await.unwrap();
    for status in [401, 429, 500] {
        let answer = answer(&model, &format!("@error {status}")).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    let garbage = answer(&model, "@garbage").await.unwrap();
    assert!(garbage.starts_with("HTTP/1.1 200 ") && garbage.contains("oh no"), "{garbage}");
}

#[tokio::test]
async fn a_cut_answer_ends_without_its_end() {
    let model = ScriptedModel::start().await.unwrap();
    let answer = answer(&model, "@cut 3").await.unwrap();
    assert!(!answer.contains("[DONE]") && !answer.ends_with("0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn a_held_answer_waits_for_its_release_and_is_forgotten_when_its_reader_leaves() {
    let model = ScriptedModel::start().await.unwrap();
    let gone = ask(&model, "@words 9 hold=4").await;
    let mut reader = ask(&model, "@words 9 hold=4").await;
    soon(model.held(2)).await;
    drop(gone);
    soon(model.held_at_most(1)).await;
    model.release();
    let mut answer = String::new();
    soon(reader.read_to_string(&mut answer)).await.unwrap();
    assert_eq!(text(&answer), words(9));
}

#[tokio::test]
async fn dropping_the_model_ends_its_answers() {
    let model = ScriptedModel::start().await.unwrap();
    let mut reader = ask(&model, "@hang 1").await;
    let mut first = [0; 1];
    reader.read_exact(&mut first).await.unwrap();
    drop(model);
    let mut rest = Vec::new();
    // Either end is right, a close or a reset, but it must come.
    soon(reader.read_to_end(&mut rest)).await.ok();
}
