//! A full disk under a running server: a small file system that only the server sees.

use crate::harness::{Server, World};
use serde_json::json;
use std::{fs, io::Write as _, os::unix::process::CommandExt as _, path::PathBuf};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_heals() {
    let mut world = World::new().await;
    world.kill().await;
    // A mount of its own, which goes with the server.
    let plain = world.command();
    let program = plain.as_std().get_program().to_owned();
    let mut small = world.command();
    *small.as_std_mut() = {
        let mut unshare = std::process::Command::new("unshare");
        unshare.args([
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs -o size=8m none \"$GAGGLE_DATA_DIR\" && exec \"$0\" serve",
        ]);
        unshare
            .arg(program)
            .env_clear()
            .envs(plain.as_std().get_envs().filter_map(|(name, value)| Some((name, value?))));
        unshare.current_dir(world.folder()).arg0("unshare");
        unshare.stdout(std::process::Stdio::piped()).stdin(std::process::Stdio::null());
        unshare
    };
    let server =
        Server::start(small).await.expect("the server ends at once (this test needs root, for a mount)");
    let data = PathBuf::from(format!("/proc/{}/root{}", server.pid(), world.data().display()));
    world.adopt(server);
    let project = world.project("kept").await;

    let mut ballast = fs::File::create(data.join("ballast")).unwrap();
    while ballast.write_all(&[7; 4096]).is_ok() {}
    let mut refused = None;
    // What is free inside the store's file is used up first.
    for number in 0..2000 {
        let body = json!({"name": format!("one more {number}")});
        let reply = world.api.post("/api/users/alice/projects", body).await;
        if reply.status != 201 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("the disk is never full").is(507);
    assert_eq!(refused["code"], "store_full", "{refused}");
    // Reading goes on, and so does the server.
    assert_eq!(project.get().await["name"], "kept");
    drop(ballast);
    fs::remove_file(data.join("ballast")).unwrap();
    world.project("after").await;
    world.end().await;
}
