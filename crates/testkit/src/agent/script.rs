//! The lines of a prompt that say what the agent does. Pure.

use crate::model::script::{self as words, Speech};

/// One thing that the agent does in a turn.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    Say(Speech),
    Shell { command: String, output: String },
    Ask(String),
    Log(String),
    Unknown(String),
    Garbage,
    Huge(usize),
    Late,
    Error(i64),
    Cut,
    Hang,
    Die(i32),
}

/// What a prompt asks for; one that asks for nothing is said back.
pub(super) fn parse(prompt: &str) -> Vec<Act> {
    let acts: Vec<_> = prompt.lines().filter_map(|line| act(line.trim().strip_prefix('@')?)).collect();
    if acts.is_empty() { vec![Act::Say(words::speech(prompt))] } else { acts }
}

fn act(line: &str) -> Option<Act> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    Some(match word {
        "say" => Act::Say(words::speech(rest)),
        "words" => Act::Say(words::spoken_words(rest)?),
        "shell" => {
            let (command, output) = rest.split_once("=>")?;
            Act::Shell { command: command.trim().into(), output: output.trim().into() }
        }
        "ask" => Act::Ask(rest.into()),
        "log" => Act::Log(rest.into()),
        "unknown" => Act::Unknown(rest.into()),
        "garbage" => Act::Garbage,
        "huge" => Act::Huge(rest.parse().ok()?),
        "late" => Act::Late,
        "error" => Act::Error(rest.parse().ok()?),
        "cut" => Act::Cut,
        "hang" => Act::Hang,
        "die" => Act::Die(rest.parse().ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Act, parse};
    use crate::model::script::speech;

    #[test]
    fn every_line_with_an_at_sign_is_an_act_and_else_all_is_said() {
        let acts = parse("do\n@shell echo a => a\n@die 7\n@you there\n@ask rm x\n@huge 2");
        let shell = Act::Shell { command: "echo a".into(), output: "a".into() };
        assert_eq!(acts, [shell, Act::Die(7), Act::Ask("rm x".into()), Act::Huge(2)]);
        assert_eq!(parse("hello @say"), [Act::Say(speech("hello @say"))]);
    }
}
