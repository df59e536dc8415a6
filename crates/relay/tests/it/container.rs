//! As in a container: the first process of its own pid namespace, an ordinary user without capabilities, a
//! root that cannot be written, and nothing but the volume and `/tmp` that can.

use crate::kit::{Conn, Home, Relay};
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Makes the place in which the rest of its arguments runs as the first process. `$1` is the volume.
const PLACE: &str = r#"
set -eu
volume=$1 goose=$2; shift 2
mount --make-rprivate /
mount --bind "$volume" "$volume"
mount --bind "$goose" "$volume/bin/goose"
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -o remount,ro,bind /
exec setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs --bounding-set=-all "$@"
"#;

struct Pod {
    relay: Relay,
    /// `unshare`, outside.
    outer: Child,
}

impl Drop for Pod {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where volumes are: not below `/tmp`, which is covered, and where an ordinary user gets to, unlike to a checkout.
const VOLUMES: &str = "/var/tmp";

fn place(relay: &mut Relay) -> PathBuf {
    let dir = relay.dir.path().to_owned();
    std::fs::create_dir(dir.join("bin")).unwrap();
    std::fs::write(dir.join("bin/goose"), "").unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_gaggle-relay"), dir.join("bin/gaggle-relay")).unwrap();
    std::fs::create_dir(dir.join("data")).unwrap();
    relay.launch.state_dir = dir.join("data/.gaggle/relay");
    relay.launch.agent_dir = dir.join("data/.gaggle/goose");
    relay.launch.workspace = dir.join("data/workspace");
    relay.launch.log_file = dir.join("data/.gaggle/agent.log");
    relay.launch.stay = true;
    relay.launch.log_stdout = true;
    dir
}

fn start(mut relay: Relay) -> Pod {
    assert!(
        rustix::process::geteuid().is_root(),
        "this test makes namespaces and mounts: run it as root, or leave it out by name (container::)"
    );
    let goose = relay.launch.goose.clone();
    let dir = place(&mut relay);
    relay.launch.env.insert("REAL_GOOSE".into(), goose.to_str().unwrap().into());
    relay.launch.goose = dir.join("bin/goose");
    let outer = spawn(&relay, &dir);
    Pod { relay, outer }
}

fn spawn(relay: &Relay, dir: &Path) -> Child {
    let file = dir.join("launch.json");
    std::fs::write(&file, serde_json::to_vec(&relay.launch).unwrap()).unwrap();
    let chown = Command::new("chown").args(["-R", "1000:1000"]).arg(dir).status().unwrap();
    assert!(chown.success());
    let out = std::fs::File::options().create(true).append(true).open(dir.join("stdout")).unwrap();
    Command::new("unshare")
        .args(["--fork", "--pid", "--mount", "--mount-proc", "sh", "-c", PLACE, "place"])
        .arg(dir)
        .arg(&relay.launch.env["REAL_GOOSE"])
        .arg(dir.join("bin/gaggle-relay"))
        .arg("--launch")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .spawn()
        .unwrap()
}

impl Pod {
    /// Processes in the pod, seen from outside: pid and command line.
    fn processes(&self) -> Vec<(i32, String)> {
        let inside = |pid: i32| {
            let link = |pid: i32| std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
            let first = self.first();
            first.is_some_and(|first| link(pid).is_some() && link(pid) == link(first))
        };
        let read = |pid: i32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|pid| inside(*pid))
            .map(|pid| (pid, String::from_utf8_lossy(&read(pid)).replace('\0', " ")))
            .collect()
    }

    /// Its pid 1, seen from outside: the one child of `unshare`.
    fn first(&self) -> Option<i32> {
        let outer = self.outer.id();
        let children = std::fs::read_to_string(format!("/proc/{outer}/task/{outer}/children")).ok()?;
        children.split_whitespace().next()?.parse().ok()
    }

    /// Ends it all: with the first process its namespace ends, and `unshare` after it.
    fn kill(&mut self) {
        if let Some(first) = self.first().and_then(Pid::from_raw) {
            let _ = kill_process(first, Signal::KILL);
        }
        drop(self.outer.kill());
        drop(self.outer.wait());
    }

    /// The process whose command line has this, after `^` at its beginning.
    fn find(&self, what: &str) -> i32 {
        let all = self.processes();
        let is = |line: &str| match what.strip_prefix('^') {
            Some(begin) => line.starts_with(begin),
            None => line.contains(what),
        };
        all.iter().find(|(_, line)| is(line)).unwrap_or_else(|| panic!("no {what} in {all:?}")).0
    }

    fn stdout(&self) -> String {
        std::fs::read_to_string(self.relay.dir.path().join("stdout")).unwrap()
    }
}

fn field(pid: i32, file: &str) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap().trim().to_owned()
}

async fn begin(home: &Home) -> (Pod, Conn) {
    let pod = start(Relay::in_dir(&home.url(), tempfile::tempdir_in(VOLUMES).unwrap()));
    let mut conn = home.welcome(Default::default()).await;
    conn.up(1).await;
    (pod, conn)
}

#[tokio::test]
async fn as_the_first_process_it_chats_reaps_writes_only_the_volume_and_ends_at_a_signal() {
    let home = Home::bind().await;
    let (mut pod, mut conn) = begin(&home).await;
    assert_eq!(conn.hello.pid, 1);
    let session = conn.session().await;
    conn.prompt("t1", &session, "create a file hello.txt with \"hi\"").await;
    assert_eq!(conn.turn_end("t1").await, "end_turn");
    assert_eq!(std::fs::read_to_string(pod.relay.launch.workspace.join("hello.txt")).unwrap(), "hi\n");
    // HOME is on the volume too, and nowhere else can be written.
    conn.prompt("t2", &session, "run touch ~/mine && touch /etc/theirs; echo said $HOME").await;
    assert_eq!(conn.turn_end("t2").await, "end_turn");
    let home_dir = pod.relay.launch.agent_dir.join("home");
    assert!(home_dir.join("mine").is_file() && !Path::new("/etc/theirs").exists());

    let relay = pod.first().unwrap();
    let goose = pod.find(&format!("^{}", pod.relay.launch.goose.display()));
    let adj = |pid| field(pid, "oom_score_adj").parse::<i32>().unwrap();
    assert!(adj(goose) > adj(relay), "{} {}", adj(goose), adj(relay));
    assert!(field(relay, "status").contains("Uid:\t1000"));

    // A process that lost its parent beside Goose (as one of `kubectl exec`) is taken when it ends.
    let orphan = Command::new("nsenter")
        .args(["--target", &relay.to_string(), "--pid", "--mount", "sh", "-c", "sleep 0.2 & exit 0"])
        .status()
        .unwrap();
    assert!(orphan.success());
    pod.find("sleep 0.2");
    crate::kit::eventually("no zombie", || {
        pod.processes().iter().all(|(_, line)| !line.is_empty() && !line.contains("sleep 0.2")).then_some(())
    })
    .await;

    kill_process(Pid::from_raw(relay).unwrap(), Signal::TERM).unwrap();
    conn.until(|frame| {
        matches!(crate::kit::note(frame), Some(gaggle_relay_protocol::Note::AgentDown { .. }))
    })
    .await;
    conn.ack().await;
    let mut outer = std::mem::replace(&mut pod.outer, Command::new("true").spawn().unwrap());
    let status = tokio::task::spawn_blocking(move || outer.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0), "{}", pod.stdout());
    let log = pod.stdout();
    assert!(log.contains("relay: incarnation 1") && log.contains("relay: ending"), "{log}");
}

#[tokio::test]
async fn a_successor_waits_for_the_volume_says_so_and_takes_over() {
    let home = Home::bind().await;
    let (pod, conn) = begin(&home).await;
    let mut relay = Relay::new(&home.url());
    // The same volume, a pid namespace of its own, a port of its own.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    relay.launch = pod.relay.launch.clone();
    relay.launch.listen = Some(port);
    let dir = pod.relay.dir.path().to_owned();
    let successor = Pod { outer: spawn(&relay, &dir), relay };
    crate::kit::eventually("it says that it waits", || {
        pod.stdout().contains("waiting for the project's volume").then_some(())
    })
    .await;
    let endpoint = format!("http://{port}");
    let (status, text) = successor.relay.probe(&endpoint, "/livez").await;
    assert!(status == 200 && text.contains("waiting for the project's volume"), "{status} {text}");
    assert_eq!(successor.relay.probe(&endpoint, "/health").await.0, 503);
    assert_eq!(field(successor.first().unwrap(), "comm"), "gaggle-relay");
    // The link is held until then, so that the next call is the successor's.
    let _volume = pod.outer_killed();
    drop(conn);
    let mut conn = home.welcome(Default::default()).await;
    assert_eq!(conn.hello.incarnation, 2);
    conn.up(1).await;
    assert_eq!(successor.relay.probe(&endpoint, "/health").await.0, 200);
}

impl Pod {
    /// Kills the pod as a node does, and keeps its volume.
    fn outer_killed(mut self) -> tempfile::TempDir {
        self.kill();
        std::mem::replace(&mut self.relay.dir, tempfile::tempdir().unwrap())
    }
}
