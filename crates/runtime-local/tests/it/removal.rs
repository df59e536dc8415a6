use crate::stub::{GOOD, MESSY, World, marked, project};
use gaggle_core::port::{Runtime as _, Workload};
use gaggle_runtime_local::LocalRuntime;
use gaggle_shared::InstanceId;
use std::{fs, os::unix::fs::PermissionsExt as _};

#[tokio::test]
async fn a_removal_leaves_nothing_and_says_what_went() {
    let world = World::new(MESSY);
    world.started("token").await;
    // As package managers leave their caches.
    let cache = world.place().join("workspace/cache");
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join("file"), "x").unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o500)).unwrap();
    std::os::unix::fs::symlink("/nowhere", world.place().join("link")).unwrap();
    assert_eq!(world.runtime.owned().await.unwrap(), [project()]);
    let removed = world.runtime.remove(&project(), None).await.unwrap();
    let kinds: Vec<&str> = removed.iter().map(|removed| removed.kind.as_str()).collect();
    assert_eq!(kinds, ["Process", "Process", "Workspace"], "{removed:?}");
    assert_eq!(marked(world.config.instance.as_str()), Vec::<i32>::new());
    for dir in ["projects", "trash"] {
        assert_eq!(fs::read_dir(world.config.data_dir.join(dir)).unwrap().count(), 0, "{dir}");
    }
    assert!(world.runtime.owned().await.unwrap().is_empty());
    assert_eq!(world.runtime.remove(&project(), None).await.unwrap(), []);
    assert_eq!(world.observed().await, Workload::Absent);
}

#[tokio::test]
async fn a_removal_that_was_cut_short_is_found_and_finished() {
    let world = World::new(GOOD);
    world.started("token").await;
    world.runtime.stop(&project(), std::time::Duration::from_secs(10)).await.unwrap();
    let trash = world.config.data_dir.join("trash");
    fs::create_dir(&trash).unwrap();
    fs::rename(world.place(), trash.join("p1.0")).unwrap();
    let next = world.restarted();
    assert_eq!(next.owned().await.unwrap(), [project()]);
    assert_eq!(next.remove(&project(), None).await.unwrap()[0].kind, "Workspace");
    assert!(next.owned().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_anothers_is_neither_owned_nor_touched() {
    let world = World::new(GOOD);
    let pid = world.started("token").await;
    let mut config = world.config.clone();
    config.instance = InstanceId::parse("another").unwrap();
    let another = LocalRuntime::new(config);
    assert!(another.owned().await.unwrap().is_empty());
    assert_eq!(another.observe(&project()).await.unwrap(), Workload::Absent);
    assert_eq!(another.remove(&project(), None).await.unwrap(), []);
    assert!(another.start(&world.spec("token"), &crate::stub::Steps::default()).await.is_err());
    assert_eq!(world.observed().await, Workload::Running);
    assert_eq!(world.pid(), pid);
}
