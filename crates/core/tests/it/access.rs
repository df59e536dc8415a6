use crate::world::{World, alice, bob, call, keyed, within};
use gaggle_core::service::ProjectsQuery;
use gaggle_shared::{Code, CreateProject, ProjectId, ProjectName, UserId};

#[tokio::test]
async fn what_is_missing_and_what_is_anothers_is_the_same() {
    let world = World::new().await;
    let project = world.create("one").await;
    let foreign = world.gaggle.project(&call(), &bob(), &project.id).await.unwrap_err();
    let missing =
        world.gaggle.project(&call(), &bob(), &ProjectId::parse("pnone").unwrap()).await.unwrap_err();
    assert_eq!((foreign.code, foreign.message), (missing.code, missing.message));
    let nobody =
        world.gaggle.project(&call(), &UserId::parse("mallory").unwrap(), &project.id).await.unwrap_err();
    assert_eq!(nobody.code, Code::UserNotFound);
}

#[tokio::test]
async fn names_are_unique_per_user() {
    let world = World::new().await;
    world.create("one").await;
    let body = || CreateProject { name: ProjectName::parse(" one ").unwrap(), settings: None };
    let taken = world.gaggle.create_project(&call(), &alice(), body()).await.unwrap_err();
    assert_eq!(taken.code, Code::ProjectNameTaken);
    world.gaggle.create_project(&call(), &bob(), body()).await.unwrap();
    let two = world.create("two").await;
    let rename = serde_json::from_value(serde_json::json!({ "name": "one" })).unwrap();
    let taken = world.gaggle.update_project(&call(), &alice(), &two.id, rename).await.unwrap_err();
    assert_eq!(taken.code, Code::ProjectNameTaken);
    assert_eq!(world.project(&two.id).await.name.as_str(), "two");
}

#[tokio::test]
async fn a_create_under_a_key_happens_once() {
    let world = World::new().await;
    let create = |key: &'static str, body: &'static str| {
        let gaggle = world.gaggle.clone();
        let request = CreateProject { name: ProjectName::parse("one").unwrap(), settings: None };
        async move { gaggle.create_project(&keyed(key, body), &alice(), request).await }
    };
    let all = within(futures_util::future::join_all((0..20).map(|_| create("k", "h")))).await;
    let ids: std::collections::BTreeSet<_> = all.into_iter().map(|made| made.unwrap().id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(create("k", "other").await.unwrap_err().code, Code::IdempotencyKeyReused);
    let list = world
        .gaggle
        .projects(&call(), &alice(), &ProjectsQuery { limit: 50, ..Default::default() })
        .await
        .unwrap();
    assert_eq!(list.items.len(), 1);
}
