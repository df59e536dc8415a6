//! Who may read what, and what no log may hold.

use crate::harness::{KEY, World};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// All files below a folder, the folder too.
fn below(path: &Path) -> Vec<PathBuf> {
    let mut all = vec![path.to_owned()];
    if fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir()) {
        all.extend(fs::read_dir(path).unwrap().flatten().flat_map(|entry| below(&entry.path())));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projects_have_secrets_of_their_own_that_only_we_can_read() {
    let world = World::with(&[("GAGGLE_LOG", "trace")]).await;
    let (one, two) = (world.project("one").await, world.project("two").await);
    one.say("@say hello").await;
    two.say("@shell ls\n@say hello").await;
    one.send("@error 401").await;
    let tokens = world.tokens();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
    let projects = world.data().join("projects");
    for project in [&one, &two] {
        let root = projects.join(&project.id);
        for folder in
            [root.clone(), root.join("workspace"), root.join("agent"), root.join("relay"), root.join("logs")]
        {
            assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        }
        assert_eq!(mode(&root.join("launch.json")), 0o600);
        // The key that guards each Goose is another at each start, and of each project.
        let goose = project.goose(world.folder());
        let environ = fs::read(format!("/proc/{}/environ", goose.pid)).unwrap();
        assert!(!String::from_utf8_lossy(&environ).contains(&tokens[0]), "Goose knows the relay's token");
        // Nothing of it is on a command line, which everybody may read.
        for process in project.processes(world.folder()) {
            for secret in [KEY, tokens[0].as_str(), tokens[1].as_str()] {
                assert!(!process.command.contains(secret), "{process:?}");
            }
        }
        // Nor in the logs beside it.
        for file in below(&root.join("logs")) {
            let text = fs::read(&file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let text = text.unwrap_or_default();
            assert!(
                !text.contains(KEY) && !tokens.iter().any(|token| text.contains(token.as_str())),
                "{}",
                file.display()
            );
        }
    }
    assert_eq!(mode(&world.data().join("gaggle.redb")), 0o600);
    let log = world.log();
    assert!(log.len() > 10_000, "a trace says much: {}", log.len());
    let told = [one.get().await, world.api.get("/api/info").await.is(200)];
    assert!(!told.iter().any(|body| body.to_string().contains(KEY)));
    // The server's own log is looked through at the end of every test.
    world.end().await;
}
