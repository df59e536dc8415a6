//! The machine's packet rules that kube-proxy and the kubelet make. They name them alike on every node, so a
//! Kubernetes that this machine has already cannot be told from ours: then ours does not start.

use super::places::state;
use crate::process;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Where is noted since which start of the machine the rules are ours: they do not outlive it.
const OURS: &str = "rules-since";

/// Notes that all rules from now on are ours.
///
/// # Errors
/// There are some already.
pub(super) fn claim() -> Result<()> {
    if tables().iter().any(|(_, text)| !undoing(text).is_empty()) {
        bail!(
            "this machine has packet rules of another Kubernetes (iptables-save shows KUBE- chains), which a node \
             of ours would get in the way of: stop it and remove them, or name its kubeconfig in \
             GAGGLE_TEST_KUBECONFIG"
        );
    }
    fs::create_dir_all(state(""))?;
    Ok(fs::write(state(OURS), boot()?)?)
}

/// Takes ours out, one by one: what others add meanwhile stays. (`kube-proxy --cleanup` leaves chains that a kubelet
/// might share.)
pub(super) fn remove() -> Result<()> {
    if fs::read_to_string(state(OURS)).ok() != Some(boot()?) {
        return Ok(());
    }
    for (family, text) in tables() {
        let undoing = undoing(&text);
        if !undoing.is_empty() {
            restore(family, &undoing)?;
        }
    }
    Ok(())
}

/// Each table as its program prints it; none where the program is not there.
fn tables() -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for family in ["iptables", "ip6tables"] {
        for table in ["filter", "nat", "mangle"] {
            let text = process::output(Command::new(format!("{family}-save")).args(["-t", table]));
            all.extend(text.map(|text| (family, text)));
        }
    }
    all
}

/// What `iptables-restore --noflush` takes to undo what a table has of Kubernetes'; empty if it has nothing.
fn undoing(table: &str) -> String {
    let is_ours = |chain: &&str| chain.starts_with("KUBE-");
    let chains: Vec<_> =
        table.lines().filter_map(|line| line.strip_prefix(':')?.split(' ').next()).filter(is_ours).collect();
    let Some(name) = table.lines().find(|line| line.starts_with('*')).filter(|_| !chains.is_empty()) else {
        return String::new();
    };
    let leads_to_ours = |rule: &str| {
        let words: Vec<_> = rule.split(' ').collect();
        let into = |pair: &[&str]| matches!(pair[0], "-j" | "-g") && is_ours(&pair[1]);
        words.get(1).is_some_and(|chain| !is_ours(chain)) && words.windows(2).any(into)
    };
    let mut lines = vec![name.to_owned()];
    let rules = table.lines().filter_map(|line| line.strip_prefix("-A").map(|rule| (line, rule)));
    lines.extend(rules.filter(|(line, _)| leads_to_ours(line)).map(|(_, rule)| format!("-D{rule}")));
    // They lead to each other: all are emptied before one is removed.
    lines.extend(chains.iter().map(|chain| format!("-F {chain}")));
    lines.extend(chains.iter().map(|chain| format!("-X {chain}")));
    lines.push("COMMIT\n".to_owned());
    lines.join("\n")
}

fn restore(family: &str, text: &str) -> Result<()> {
    let mut command = Command::new(format!("{family}-restore"));
    command.arg("--noflush").stdin(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {family}-restore"))?;
    child.stdin.take().context("no way in")?.write_all(text.as_bytes())?;
    anyhow::ensure!(child.wait()?.success(), "{family}-restore could not remove the node's rules:\n{text}");
    Ok(())
}

/// Another one after every start of the machine.
fn boot() -> Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?)
}

#[cfg(test)]
mod tests {
    use super::undoing;

    #[test]
    fn only_chains_of_kubernetes_and_what_leads_to_them_go() {
        let table = "# by iptables-save\n*nat\n:OUTPUT ACCEPT [0:0]\n:DOCKER - [0:0]\n:KUBE-SERVICES - [0:0]\n\
            :KUBE-SEP-A - [0:0]\n-A OUTPUT -m comment --comment \"not KUBE-SERVICES\" -j DOCKER\n\
            -A OUTPUT -m comment --comment \"kubernetes portals\" -j KUBE-SERVICES\n\
            -A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SEP-A\n-A DOCKER -j RETURN\nCOMMIT\n";
        let expected = "*nat\n-D OUTPUT -m comment --comment \"kubernetes portals\" -j KUBE-SERVICES\n\
            -F KUBE-SERVICES\n-F KUBE-SEP-A\n-X KUBE-SERVICES\n-X KUBE-SEP-A\nCOMMIT\n";
        assert_eq!(undoing(table), expected);
        assert_eq!(undoing("*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j KUBE\nCOMMIT\n"), "");
    }
}
