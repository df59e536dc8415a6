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

#[cfg(test)]
mod tests {
    use super::*;

    fn command(name: &str) -> SlashCommand {
        SlashCommand { name: name.into(), description: String::new(), hint: None }
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
