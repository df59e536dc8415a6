//! Files of a workspace that only the relay beside the agent sees.

use crate::world::{World, alice, call};
use gaggle_core::{error::Error, port::LookError};
use gaggle_shared::{Code, List, ProjectId, WorkspaceFile};

async fn look(world: &World, id: &ProjectId) -> Result<Vec<String>, Error> {
    let found = world.gaggle.files(&call(), &alice(), id, "a", 9).await;
    found.map(|List { items, .. }| items.into_iter().map(|WorkspaceFile { path }| path).collect())
}

#[tokio::test]
async fn the_relay_looks_where_the_runtime_cannot_and_nothing_is_woken_for_it() {
    let world = World::new().await;
    world.gateway.looks_find(Ok(vec!["a.txt".into()]));
    let id = world.create("one").await.id;
    let asleep = look(&world, &id).await.unwrap_err();
    assert_eq!(asleep.code, Code::NotSupportedByRuntime);
    assert!(asleep.message.contains("not awake") && asleep.hint.unwrap().contains("activate"));
    assert!(world.runtime.calls().is_empty(), "{:?}", world.runtime.calls());

    world.activate(&id).await.unwrap();
    assert_eq!(look(&world, &id).await.unwrap(), ["a.txt"]);
    // Its link is broken for now: that may pass.
    world.gateway.cut(&id);
    assert_eq!(look(&world, &id).await.unwrap_err().code, Code::AgentDisconnected);
    world.gateway.mend(&id);
    assert_eq!(look(&world, &id).await.unwrap(), ["a.txt"]);

    world.gateway.looks_find(Err(LookError::TooOld));
    let old = look(&world, &id).await.unwrap_err();
    assert_eq!(old.code, Code::NotSupportedByRuntime, "as before it was known");
    assert!(old.message.contains("release"), "{old}");
    world.gateway.looks_find(Err(LookError::NoAnswer));
    assert_eq!(look(&world, &id).await.unwrap_err().code, Code::AgentUnresponsive);
}
