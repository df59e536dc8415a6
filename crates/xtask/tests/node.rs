//! `cargo xtask cluster` on this machine: it may be run twice, after a crash too, and leaves nothing. It starts nodes of
//! its own, where one is all that a machine can have: the tier runs it before it starts the one of the other tests.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
    time::Instant,
};

const RUN: &str = "/run/gaggle-testcluster";
const STATE: &str = "/var/lib/gaggle-testcluster";

/// In the environment of all that is of a node.
const MARK: &[u8] = b"GAGGLE_TESTCLUSTER=node1";

fn output(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn lines(program: &str, arguments: &[&str]) -> Vec<String> {
    let output = output(program, arguments);
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// `cargo xtask cluster`; what it prints, and all that it says while it works.
fn cluster(action: &str) -> String {
    let began = Instant::now();
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    // What names a cluster would be taken for one that is not ours.
    xtask.args(["cluster", action]).env_remove("GAGGLE_TEST_KUBECONFIG");
    let output = xtask.output().unwrap();
    let texts = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    let said = texts.concat();
    assert!(output.status.success(), "{action}: {said}");
    eprintln!("{action} took {:.1} s", began.elapsed().as_secs_f32());
    said
}

/// The paths in a folder; none if it is not there.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().display().to_string()).collect()
}

/// What a node could leave behind on the machine, one line each.
fn machine() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let link = |line: String| line.split(": ").nth(1).map(|name| format!("link {name}"));
    all.extend(lines("ip", &["-o", "link"]).into_iter().filter_map(link));
    all.extend(lines("ip", &["route"]).into_iter().map(|route| format!("route {route}")));
    all.extend(lines("nft", &["list", "tables"]).into_iter().filter(|table| table.contains("gaggle")));
    for save in ["iptables-save", "ip6tables-save"] {
        all.extend(lines(save, &[]).into_iter().filter(|line| line.contains("KUBE-")));
    }
    all.insert(format!("forward {}", fs::read_to_string("/proc/sys/net/ipv4/ip_forward").unwrap()));
    let shared = ["/var/lib/cni", "/var/log/pods", "/var/log/containers", "/run/containerd", "/run/netns"];
    all.extend(shared.into_iter().flat_map(names));
    let folders = ["/var/lib/kubelet", RUN, STATE].into_iter();
    all.extend(folders.filter(|path| Path::new(path).exists()).map(str::to_owned));
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let of_nodes = |point: &&str| ["testcluster", "kubelet", "netns"].iter().any(|word| point.contains(word));
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(4)).filter(of_nodes);
    all.extend(points.map(|point| format!("mount {point}")));
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let groups = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let groups = groups.filter(|mount| mount[2].starts_with("cgroup"));
    let groups = groups.map(|mount| format!("{}/gaggle-testcluster", mount[1]));
    all.extend(groups.filter(|folder| Path::new(folder).exists()));
    all.extend(processes());
    all
}

/// What runs of a node, also what its processes have started.
fn processes() -> Vec<String> {
    let of_node = |entry: &fs::DirEntry| {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == MARK)
    };
    let all = fs::read_dir("/proc").unwrap().flatten().filter(of_node);
    all.map(|entry| format!("process {}", entry.file_name().display())).collect()
}

/// Each part of the node with its pid and when it began.
fn parts() -> Vec<(String, String)> {
    let files = names(&format!("{RUN}/pids")).into_iter();
    let mut parts: Vec<_> = files.map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect();
    parts.sort();
    parts
}

/// `kill -9`
fn kill(parts: &[(String, String)], name: &str) {
    let (_, text) = parts.iter().find(|(file, _)| file.ends_with(&format!("/{name}"))).unwrap();
    assert!(output("kill", &["-KILL", text.split(' ').next().unwrap()]).status.success());
}

/// The node as its API server knows it.
fn uid(told: &str) -> String {
    let value = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("{name} in {told}")).to_owned()
    };
    let (config, kubectl) = (value("GAGGLE_TEST_KUBECONFIG"), value("GAGGLE_TEST_KUBECTL"));
    let words = ["--kubeconfig", &config, "get", "node", "node1", "-o", "jsonpath={.metadata.uid}"];
    lines(&kubectl, &words).remove(0)
}

#[test]
fn a_node_comes_up_once_heals_after_a_crash_and_leaves_nothing() {
    // One that runs would be taken away.
    assert!(
        std::env::var_os("GAGGLE_TEST_NODE_PLACE").is_some() && parts().is_empty(),
        "this starts and removes the machine's one test node: run it through `cargo xtask test cluster`"
    );
    let (before, began) = (machine(), Instant::now());
    let told = cluster("up");
    let (first, running) = (uid(&told), parts());
    assert_eq!(running.len(), 9, "{running:?}");

    let again = cluster("up");
    assert!(again.contains("the node runs already"), "{again}");
    assert_eq!((uid(&again), parts()), (first.clone(), running.clone()), "nothing was started anew");

    // What it has started runs on without it.
    kill(&running, "containerd");
    let healed = cluster("up");
    assert_ne!(uid(&healed), first, "another node");
    let anew = parts();
    assert!(anew.len() == running.len() && anew.iter().all(|part| !running.contains(part)), "{anew:?}");
    cluster("status");

    kill(&anew, "kube-apiserver");
    cluster("down");
    let after = machine();
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), Vec::<&String>::new(), "left behind");
    cluster("down");
    assert_eq!(machine(), after, "there was nothing to remove");
    eprintln!("all of it took {:.1} s", began.elapsed().as_secs_f32());
}
