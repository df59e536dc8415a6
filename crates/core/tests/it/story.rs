//! The story that is told again and again, with the server dying after each of its writes.

use crate::world::World;
use gaggle_core::error::Error;
use gaggle_testkit::story::{Machine, Story};

/// From create to delete, over agents that outlive their servers.
pub(crate) async fn tell(world: &World) -> Result<(), Error> {
    let (gaggle, gateway) = (&world.gaggle, &world.gateway);
    Story { gaggle, gateway, machine: Machine::Same, told: &|_| () }.tell().await
}

/// What writes, from the code: every call that asks for more than to read, or changes a record.
fn writes() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/service");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let code = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for method in code.split("pub async fn ").skip(1) {
            let body = method.split("\n    }\n").next().unwrap();
            let name = body.split(['(', '<']).next().unwrap();
            let asks = body.replace("Action::Read", "").contains("Action::");
            if body.contains("call: &Call") && (asks || body.contains(".change(")) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn the_story_calls_everything_that_writes() {
    let told = concat!(
        include_str!("../../../testkit/src/story.rs"),
        include_str!("../../../testkit/src/story/chapters.rs"),
    );
    let all = writes();
    assert!(all.len() >= 14, "{all:?}");
    let missing: Vec<_> = all.iter().filter(|name| !told.contains(&format!("gaggle.{name}("))).collect();
    assert!(missing.is_empty(), "no death of the server is tried while these write: {missing:?}");
}
