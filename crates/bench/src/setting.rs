//! Where and when a run was made.

use crate::parts::Parts;
use crate::result::Setting;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::Path;
use std::process::Command;

/// Reads it.
pub(crate) fn read(parts: &Parts) -> Setting {
    #[expect(
        clippy::disallowed_methods,
        reason = "the date of a run is its name, and nothing else asks for it"
    )]
    let began = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = match arguments.is_empty() {
        true => "cargo xtask bench".to_owned(),
        false => format!("cargo xtask bench {}", arguments.join(" ")),
    };
    let changed = output("git", &["status", "--porcelain", "--untracked-files=no"])
        .is_some_and(|text| !text.is_empty());
    let commit = output("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    Setting {
        began,
        commit: format!("{commit}{}", if changed { "+" } else { "" }),
        command,
        cpus: std::thread::available_parallelism().map_or(1, usize::from),
        machine: machine(&parts.goose),
        quick: parts.quick,
        seconds: 0.0,
    }
}

/// Mean number of processes that wanted to run during the last minute.
pub(crate) fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

/// As many open files as the system allows: two thousand sockets are more than some give at first.
pub(crate) fn raise_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // What it does not allow shows when the sockets are opened.
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).ok();
}

fn machine(goose: &Path) -> String {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, name)| name);
    let kernel = output("uname", &["-s"]).unwrap_or_default();
    let goose = output(&goose.display().to_string(), &["--version"]).unwrap_or_default();
    format!("{model}, {kernel}, Goose {}", goose.trim())
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
