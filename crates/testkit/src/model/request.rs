//! Reading a chat request: which prompt, which of its steps. Pure.

use super::answer;
use super::script::{self, Step};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// What a session is called when Goose asks for a title.
pub(crate) const TITLE: &str = "Scripted title";

/// The person's last message, without what Goose adds to it.
pub(crate) fn prompt(body: &Value) -> String {
    messages(body).iter().rev().find_map(said).unwrap_or_default()
}

/// What to answer: the step at the place of this call after the prompt.
pub(crate) fn step(body: &Value) -> Step {
    if asks_for_title(body) {
        return answer::text(TITLE, Duration::ZERO);
    }
    let messages = messages(body);
    let at = messages.iter().rposition(|message| said(message).is_some());
    let after = at.map_or(&[][..], |at| &messages[at + 1..]);
    let prompt = at.and_then(|at| said(&messages[at])).unwrap_or_default();
    match script::parse(&prompt).into_iter().nth(answers(after)) {
        None => answer::text(&echo(&prompt, after), Duration::ZERO),
        Some(Step::Echo(delay)) => answer::text(&echo(&prompt, after), delay),
        Some(step) => step,
    }
}

/// How many calls the model has answered in these messages. Goose makes a message of each tool call, so that
/// the ones of one answer are known by the number in their ids.
fn answers(messages: &[Value]) -> usize {
    let mut calls = BTreeSet::new();
    let mut plain = 0;
    for message in messages.iter().filter(|message| message["role"] == "assistant") {
        match message["tool_calls"][0]["id"].as_str().and_then(|id| id.rsplit_once('_')) {
            Some((number, _)) => _ = calls.insert(number),
            None => plain += 1,
        }
    }
    calls.len() + plain
}

fn echo(prompt: &str, after: &[Value]) -> String {
    let results = after.iter().filter(|message| message["role"] == "tool").map(text).collect::<Vec<_>>();
    match results.is_empty() {
        true => format!("You said: {}", script::rest(prompt)),
        false => format!("The tools said: {}", results.join("\n")),
    }
}

/// Goose asks without tools for a few words on the conversation so far.
fn asks_for_title(body: &Value) -> bool {
    let system = messages(body).iter().find(|message| message["role"] == "system").map(text);
    system.is_some_and(|system| system.contains("title") && system.contains("words"))
        && body["tools"].as_array().is_none_or(Vec::is_empty)
}

fn messages(body: &Value) -> &[Value] {
    body["messages"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What a person wrote in this message; `None` for other roles, and for what Goose wrote itself. Where a message was
/// not answered Goose joins it with the next one, after each its context: then it is the last of them.
fn said(message: &Value) -> Option<String> {
    let text = (message["role"] == "user").then(|| text(message))?;
    let joined = text.split("</turn-context>").map(|one| without_info(one).trim().to_owned());
    joined.filter(|own| !own.is_empty()).last()
}

/// Goose adds the time and the like in blocks of its own.
const ADDED: &[(&str, &str)] = &[("<turn-context>", "</turn-context>"), ("<info-msg>", "</info-msg>")];

fn without_info(text: &str) -> String {
    let mut out = text.to_owned();
    for (open, close) in ADDED {
        while let Some(start) = out.find(open) {
            let end = out[start..].find(close).map_or(out.len(), |at| start + at + close.len());
            out.replace_range(start..end, "");
        }
    }
    out
}

/// A message's text, be it a string or a list of parts.
fn text(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{prompt, step};
    use crate::model::script::Step;
    use serde_json::{Value, json};

    fn body(messages: &Value) -> Value {
        json!({"messages": messages, "tools": [{"type": "function"}]})
    }

    fn said(step: Step) -> String {
        let Step::Say(speech) = step else { panic!("{step:?}") };
        speech.pieces.concat()
    }

    #[test]
    fn each_call_after_the_prompt_gets_the_next_step() {
        let user = json!({"role": "user", "content": "@shell date\n@say over\n<turn-context>It is late</turn-context>"});
        let call = |id: &str| json!({"role": "assistant", "content": null, "tool_calls": [{"id": id}]});
        let result = json!({"role": "tool", "content": [{"type": "text", "text": "12:00"}]});
        assert_eq!(prompt(&body(&json!([user]))), "@shell date\n@say over");
        assert!(matches!(step(&body(&json!([user]))), Step::Call(_)));
        assert_eq!(said(step(&body(&json!([user, call("call_1_0"), result])))), "over");
        let both = json!([user, call("call_1_0"), result, call("call_1_1"), result]);
        assert_eq!(said(step(&body(&both))), "over", "two calls of one answer are one step");
        let further = body(&json!([user, call("call_1_0"), result, call("call_2_0"), result]));
        assert_eq!(said(step(&further)), "The tools said: 12:00\n12:00");
    }

    #[test]
    fn a_prompt_without_a_script_is_echoed() {
        let messages = json!([{"role": "user", "content": "@say one"}, {"role": "assistant", "content": "one"},
            {"role": "user", "content": "hello"}]);
        assert_eq!(said(step(&body(&messages))), "You said: hello");
    }

    #[test]
    fn of_joined_messages_the_last_counts() {
        let context = "<turn-context>\nIt is late\n</turn-context>";
        let joined = format!("@say one\n@say two\n{context}\n@say three\n@say four\n{context}");
        let user = json!({"role": "user", "content": joined});
        assert_eq!(said(step(&body(&json!([user])))), "three");
        assert_eq!(prompt(&body(&json!([user]))), "@say three\n@say four");
    }

    #[test]
    fn a_title_is_not_the_script() {
        let request = json!({"messages": [{"role": "system", "content": "Give a title in four words or less"},
            {"role": "user", "content": "@error 500"}]});
        assert_eq!(said(step(&request)), super::TITLE);
    }
}
