//! What can be completed in a message that is being written.

use gaggle_shared::SlashCommand;

/// So many are offered at once.
const MOST: usize = 8;

/// The commands that a message may begin with, as far as it is written; none once the command is complete.
pub fn commands<'a>(text: &str, all: &'a [SlashCommand]) -> Vec<&'a SlashCommand> {
    let Some(begun) = text.strip_prefix('/').filter(|begun| !begun.contains(char::is_whitespace)) else {
        return Vec::new();
    };
    let begun = begun.to_lowercase();
    let mut found: Vec<_> =
        all.iter().filter(|command| command.name.to_lowercase().contains(&begun)).collect();
    // What begins so comes before what only holds it.
    found.sort_by_key(|command| !command.name.to_lowercase().starts_with(&begun));
    found.truncate(MOST);
    found
}

/// The message with a command chosen: ready for what comes behind it.
pub fn with_command(command: &SlashCommand) -> String {
    format!("/{} ", command.name)
}

/// A file that is being named in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Where its `@` stands, in bytes.
    pub start: usize,
    /// What stands behind the `@` so far.
    pub query: String,
}

/// The file that is being named where the caret stands (counted in UTF-16, as browsers do); none if there is none.
pub fn mention(text: &str, caret: usize) -> Option<Mention> {
    let before = &text[..byte_at(text, caret)];
    let start = before
        .rfind(char::is_whitespace)
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let query = before[start..].strip_prefix('@')?;
    Some(Mention { start, query: query.to_owned() })
}

/// The message with the named file in the place of what was typed of it, and where the caret goes (in UTF-16).
/// None if the text has changed since.
pub fn with_file(text: &str, mention: &Mention, path: &str) -> Option<(String, usize)> {
    let typed = format!("@{}", mention.query);
    let rest = text.get(mention.start..)?.strip_prefix(&typed)?;
    let mut out = format!("{}@{path}", &text[..mention.start]);
    let spaced = rest.starts_with(char::is_whitespace);
    out.push_str(if spaced { "" } else { " " });
    let caret = out.encode_utf16().count() + usize::from(spaced);
    out.push_str(rest);
    Some((out, caret))
}

/// A draft with words behind it that were written elsewhere.
pub fn behind(draft: &str, words: &str) -> String {
    match draft.trim().is_empty() {
        true => words.to_owned(),
        false => format!("{draft}\n\n{words}"),
    }
}

fn byte_at(text: &str, utf16: usize) -> usize {
    let mut seen = 0;
    let found = text.char_indices().find(|(_, c)| {
        let here = seen >= utf16;
        seen += c.len_utf16();
        here
    });
    found.map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(name: &str) -> SlashCommand {
        SlashCommand { name: name.into(), description: String::new(), hint: None }
    }

    #[test]
    fn an_at_sign_names_a_file_where_the_caret_stands() {
        let at = |text: &str, caret| mention(text, caret).map(|one| (one.start, one.query));
        assert_eq!(at("@", 1), Some((0, String::new())));
        assert_eq!(at("look at @src/m", 14), Some((8, "src/m".into())));
        assert_eq!(at("look at @src/m and", 18), None);
        assert_eq!(at("look at @src/m and", 12), Some((8, "src".into())));
        assert_eq!(at("a@b", 3), None);
        assert_eq!(at("😀 @ä", 5), Some((5, "ä".into())));
        assert_eq!(at("x", 99), None);
        let wanted = mention("😀 @ma, so", 6).unwrap();
        assert_eq!(
            with_file("😀 @ma, so", &wanted, "src/main.rs"),
            Some(("😀 @src/main.rs , so".into(), 16))
        );
        let wanted = mention("see @ma now", 7).unwrap();
        assert_eq!(with_file("see @ma now", &wanted, "a.rs"), Some(("see @a.rs now".into(), 10)));
        assert_eq!(with_file("other", &wanted, "a.rs"), None);
    }

    #[test]
    fn words_from_elsewhere_go_behind_what_is_written() {
        assert_eq!(behind("", "and then that"), "and then that");
        assert_eq!(behind(" \n", "and then that"), "and then that");
        assert_eq!(behind("half a thought ", "and then that"), "half a thought \n\nand then that");
    }

    #[test]
    fn a_slash_at_the_beginning_offers_commands_until_one_is_there() {
        let all = ["prompts", "compact", "doctor", "goose-doc-guide"].map(command);
        let names = |text| commands(text, &all).into_iter().map(|one| one.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names("/").len(), 4);
        assert_eq!(names("/DOC"), ["doctor", "goose-doc-guide"]);
        assert_eq!(names("/doctor "), [""; 0]);
        assert_eq!(names("see /doc"), [""; 0]);
        assert_eq!(names("/x"), [""; 0]);
        assert_eq!(with_command(&all[1]), "/compact ");
    }
}
