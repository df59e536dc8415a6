//! The core's walls: what it may depend on, and what of the world its sources may not touch.

use crate::{hash, process, workspace};
use anyhow::{Result, bail};
use std::path::Path;

/// All that the core depends on. Of Tokio it has channels, locks and tasks; time and randomness are passed in.
const USES: &[&str] = &[
    "async-trait",
    "base64",
    "futures-util",
    "gaggle-shared",
    "jiff",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "tokio",
    "tracing",
];
/// What of these would be the world itself: files, sockets, processes, the clock.
const WORLD: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio::fs",
    "tokio::io",
    "tokio::net",
    "tokio::process",
    "tokio::signal",
    "tokio::time",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
];

/// Fails on a dependency that is not on the list.
pub(super) fn dependencies() -> Result<()> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["tree", "--package", "gaggle-core", "--edges", "normal", "--depth", "1"]);
    let Some(tree) = process::output(cargo.args(["--prefix", "none", "--format", "{p}"])) else {
        bail!("cargo tree failed for gaggle-core")
    };
    let names = tree.lines().skip(1).filter_map(|line| line.split(' ').next());
    let more: Vec<_> = names.filter(|name| !name.is_empty() && !USES.contains(name)).collect();
    if !more.is_empty() {
        bail!("gaggle-core depends on {}: is that free of I/O? Then add it to {}", more.join(", "), file!());
    }
    Ok(())
}

/// Fails on a source that touches the world.
pub(super) fn sources() -> Result<()> {
    let mut found = Vec::new();
    hash::files(&workspace::root()?.join("crates/core/src"), &mut |file: &Path| {
        let source = std::fs::read_to_string(file)?;
        found.extend(touches(&source).into_iter().map(|what| format!("{}: {what}", file.display())));
        Ok(())
    })?;
    if !found.is_empty() {
        bail!("the core must not touch the world itself, but through a port:\n{}", found.join("\n"));
    }
    Ok(())
}

/// What of the world a source names, imported or written out.
fn touches(source: &str) -> Vec<String> {
    let code: String = source.lines().map(|line| line.split("//").next().unwrap_or_default()).fold(
        String::new(),
        |mut code, line| {
            code.push_str(line);
            code.push('\n');
            code
        },
    );
    let mut paths = Vec::new();
    for statement in code.split(';') {
        if let Some((_, tree)) = statement.rsplit_once("use ") {
            flatten("", tree, &mut paths);
        }
    }
    let words = code.split(|one: char| !(one.is_alphanumeric() || one == '_' || one == ':'));
    paths.extend(words.filter(|word| word.contains("::")).map(str::to_owned));
    let world = |path: &&String| {
        let path = path.trim_start_matches(':');
        WORLD
            .iter()
            .any(|wall| path.strip_prefix(wall).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
    };
    let mut found: Vec<String> = paths.iter().filter(world).cloned().collect();
    found.sort();
    found.dedup();
    found
}

/// The paths of an import: `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn flatten(before: &str, tree: &str, paths: &mut Vec<String>) {
    let (mut depth, mut begin) = (0, 0);
    let mut parts = Vec::new();
    for (at, one) in tree.char_indices() {
        match one {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&tree[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[begin..]);
    for part in parts.into_iter().map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('{').zip(part.rsplit_once('}')) {
            Some(((prefix, rest), _)) => {
                let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
                flatten(&format!("{before}{}", prefix.trim()), inner, paths);
            }
            None => {
                let name = part.split(" as ").next().unwrap_or_default().trim();
                paths.push(format!("{before}{name}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::touches;

    #[test]
    fn the_world_is_found_however_it_is_imported() {
        for (source, what) in [
            ("use std::fs;", "std::fs"),
            (
                "use std::{\n    collections::HashMap,\n    time::{Duration, Instant},\n};",
                "std::time::Instant",
            ),
            ("use std::{time::SystemTime as Now};", "std::time::SystemTime"),
            ("pub(crate) use tokio::{sync::mpsc, time::sleep};", "tokio::time::sleep"),
            ("fn now() -> i64 {\n    jiff::Timestamp::now().as_second()\n}", "jiff::Timestamp::now"),
            ("let id = ::std::process::id();", "::std::process::id"),
        ] {
            assert_eq!(touches(source), [what], "{source}");
        }
    }

    #[test]
    fn what_only_sounds_like_it_is_not() {
        for source in [
            "use std::{sync::Arc, time::Duration};",
            "use std::net::{IpAddr, SocketAddr};",
            "// std::fs is for others\nuse crate::process::fs;",
            "let at = self.clock.now(); other::std_fs::x();",
        ] {
            assert_eq!(touches(source), [""; 0], "{source}");
        }
    }
}
