//! The little that the demo model reads of a chat completion request.

use serde::Deserialize;

/// A request, as the OpenAI chat completions API has it.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    messages: Vec<Message>,
    #[serde(default)]
    tools: Vec<Tool>,
    /// Answer in pieces.
    #[serde(default)]
    pub(super) stream: bool,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

#[derive(Debug, Deserialize)]
struct ContentPart {
    #[serde(default)]
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Tool {
    function: Function,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
}

impl Request {
    /// What the person said last, without what Goose adds to it.
    pub(super) fn asked(&self) -> String {
        self.last_user().map(|(_, text)| text).unwrap_or_default()
    }

    /// The results of tools that were called since, the newest last.
    pub(super) fn results(&self) -> Vec<String> {
        let from = self.last_user().map_or(0, |(index, _)| index);
        self.messages[from..].iter().filter(|message| message.role == "tool").map(Message::text).collect()
    }

    /// True for Goose's small request for a title.
    pub(super) fn wants_title(&self) -> bool {
        let system = self.messages.iter().find(|message| message.role == "system").map(Message::text);
        self.tools.is_empty()
            && system.is_some_and(|text| {
                let start: String = text.chars().take(300).collect::<String>().to_ascii_lowercase();
                start.contains("title") || start.contains("description")
            })
    }

    /// The offered name of the shell tool, with or without its extension's name.
    pub(super) fn shell(&self) -> Option<&str> {
        let mut names = self.tools.iter().map(|tool| tool.function.name.as_str());
        names.find(|name| *name == "shell" || name.ends_with("__shell"))
    }

    fn last_user(&self) -> Option<(usize, String)> {
        let users = self.messages.iter().enumerate().filter(|(_, message)| message.role == "user");
        users
            .rev()
            .map(|(index, message)| (index, own_words(&message.text())))
            .find(|(_, text)| !text.is_empty())
    }
}

impl Message {
    fn text(&self) -> String {
        match &self.content {
            None => String::new(),
            Some(Content::Text(text)) => text.clone(),
            Some(Content::Parts(parts)) => {
                parts.iter().filter_map(|part| part.text.as_deref()).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// Leaves out the blocks that Goose adds to each message. A message without an answer (its turn was cut off)
/// is joined with the next by Goose: what follows the last block but one is what was said last.
fn own_words(text: &str) -> String {
    let without = |piece: &str| match piece.find("<turn-context>") {
        Some(start) => piece[..start].trim().to_owned(),
        None => piece.trim().to_owned(),
    };
    text.split("</turn-context>").map(without).filter(|words| !words.is_empty()).last().unwrap_or_default()
}
