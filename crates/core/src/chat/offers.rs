//! What an agent offers in a session: its modes, models and commands. Bounded, for the agent is not trusted.

use gaggle_shared::{Choice, SessionOptions, SlashCommand};
use serde_json::Value;

/// So many of each are kept.
const MOST: usize = 300;
/// So much of each text.
const LONGEST: usize = 400;

/// What the answer to `session/new` or `session/load` offers; the commands come by themselves.
pub(crate) fn offers(options: &Value, commands: Vec<SlashCommand>) -> SessionOptions {
    let modes = list(&options["modes"]["availableModes"], |mode| choice(mode, "id"));
    let model = options["configOptions"].as_array().and_then(|all| all.iter().find(|one| is_model(one)));
    let current = model.and_then(|model| text(&model["currentValue"]));
    let models = model.map(|model| values(&model["options"])).unwrap_or_default();
    SessionOptions { modes, models, model: current, commands }
}

/// A list of commands as it is kept.
pub(crate) fn bounded(commands: Vec<SlashCommand>) -> Vec<SlashCommand> {
    let cut = |text: String| text.chars().take(LONGEST).collect::<String>();
    let commands = commands.into_iter().take(MOST).map(|command| SlashCommand {
        name: cut(command.name),
        description: cut(command.description),
        hint: command.hint.map(cut),
    });
    commands.collect()
}

fn is_model(option: &Value) -> bool {
    option["category"] == "model" || option["id"] == "model"
}

/// The values of an option; they may stand in groups.
fn values(options: &Value) -> Vec<Choice> {
    let groups = options.as_array().into_iter().flatten().flat_map(|one| match one.get("options") {
        Some(inner) => list(inner, |value| choice(value, "value")),
        None => choice(one, "value").into_iter().collect(),
    });
    groups.take(MOST).collect()
}

fn list(all: &Value, read: impl Fn(&Value) -> Option<Choice>) -> Vec<Choice> {
    all.as_array().into_iter().flatten().filter_map(read).take(MOST).collect()
}

fn choice(from: &Value, id: &str) -> Option<Choice> {
    let id = text(&from[id])?;
    Some(Choice {
        name: text(&from["name"]).unwrap_or_else(|| id.clone()),
        id,
        description: text(&from["description"]),
    })
}

fn text(from: &Value) -> Option<String> {
    from.as_str().filter(|text| !text.is_empty()).map(|text| text.chars().take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn modes_and_models_are_read_as_goose_gives_them() {
        let said = json!({
            "modes": {"currentModeId": "auto", "availableModes": [{"id": "auto", "name": "auto", "description": "all"}]},
            "configOptions": [
                {"id": "provider", "currentValue": "openai", "options": [{"value": "openai", "name": "OpenAI"}]},
                {"id": "model", "category": "model", "currentValue": "m1", "options": [
                    {"value": "m1", "name": "One"},
                    {"name": "more", "options": [{"value": "m2"}]},
                    {"name": "no value"}
                ]}
            ]
        });
        let offered = offers(&said, Vec::new());
        let ids: Vec<_> =
            offered.models.iter().map(|model| (model.id.as_str(), model.name.as_str())).collect();
        assert_eq!(ids, [("m1", "One"), ("m2", "m2")]);
        assert_eq!(
            (offered.model.as_deref(), offered.modes[0].description.as_deref()),
            (Some("m1"), Some("all"))
        );
    }

    #[test]
    fn nonsense_offers_nothing_and_too_much_is_cut() {
        assert_eq!(offers(&json!(null), Vec::new()), SessionOptions::default());
        assert_eq!(offers(&json!({"modes": 7, "configOptions": "x"}), Vec::new()), SessionOptions::default());
        let many: Vec<_> =
            (0..9_999).map(|n| json!({"value": format!("m{n}"), "name": "x".repeat(9_999)})).collect();
        let offered = offers(&json!({"configOptions": [{"id": "model", "options": many}]}), Vec::new());
        assert_eq!((offered.models.len(), offered.models[0].name.len()), (MOST, LONGEST));
    }
}
