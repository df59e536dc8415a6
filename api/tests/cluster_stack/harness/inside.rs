//! What is inside a project's pod, and how to kill it there.

use super::{Project, World, cluster::env, until};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;

impl World {
    /// Whether a file is in a project's workspace.
    pub(crate) async fn has(&self, project: &Project, file: &str) -> bool {
        let pod = pod(project).await.expect("an agent");
        let script = format!("test -e /data/workspace/{file} && echo there || echo missing");
        inside(project, &pod, &script).await.trim() == "there"
    }

    /// The command lines of what runs for a project.
    pub(crate) async fn runs(&self, project: &Project) -> Vec<String> {
        let Some(pod) = pod(project).await else { return Vec::new() };
        let script = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done";
        inside(project, &pod, script).await.lines().map(str::to_owned).collect()
    }

    /// `kill -9`
    pub(crate) async fn kill_goose(&self, project: &Project) {
        kill(project, "goose").await;
    }

    /// `kill -9`, which only the node can: it is the first process of its container.
    pub(crate) async fn kill_relay(&self, project: &Project) {
        kill(project, "gaggle-relay").await;
    }
}

async fn pod(project: &Project) -> Option<Pod> {
    project.pods().await.into_iter().find(|pod| pod.metadata.deletion_timestamp.is_none())
}

async fn inside(project: &Project, pod: &Pod, script: &str) -> String {
    let name = pod.name_any();
    let words = ["-n", &project.namespace, "exec", &name, "--", "sh", "-c", script];
    project.cluster.kubectl(words).await
}

/// Kills all processes of this name in the project's pod: its cgroup is named after the pod.
async fn kill(project: &Project, name: &str) {
    // Only a node of this machine shows its processes.
    env("GAGGLE_TEST_NODE_RUN");
    let pod = pod(project).await.expect("an agent");
    let mark = format!("pod{}", pod.uid().expect("a pod that is there"));
    let found = until(name, || async {
        let found: Vec<i32> = pids().filter(|pid| is(*pid, name, &mark)).collect();
        (!found.is_empty()).then_some(found)
    });
    for pid in found.await {
        // One that has ended by itself is as well.
        kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).ok();
    }
}

fn pids() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn is(pid: i32, name: &str, mark: &str) -> bool {
    let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    read("comm").trim() == name && read("cgroup").contains(mark)
}
