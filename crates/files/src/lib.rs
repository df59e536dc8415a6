//! What lies in a workspace. Its names are the agent's: nothing is followed, opened or run, and there is an end to it.

mod ignored;
mod rules;
mod walk;

use std::{collections::BinaryHeap, path::Path, time::Duration};
use walk::Walk;

/// So many bytes a path may have that is told.
pub const LONGEST: usize = 1024;

/// As long as a look into a workspace should take at most; what was found until then is told.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// The files whose path holds `wanted` in any case, the likeliest first: what is called so, then what begins so, then
/// what has it in its name, then what has it anywhere; of these the shallow and short before the others. Hidden
/// files, and those that a `.gitignore` of the workspace names, are left out, and so are names that are no text. The look
/// ends when `in_time` says no more.
pub fn find(workspace: &Path, wanted: &str, limit: usize, in_time: impl Fn() -> bool) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    // The best ones only are kept, the worst of them at the top.
    let mut best = BinaryHeap::new();
    for path in Walk::new(workspace, in_time) {
        if let Some(rank) = rank(&path, &wanted) {
            best.push((rank, path.matches('/').count(), path.len(), path));
            if best.len() > limit {
                best.pop();
            }
        }
    }
    best.into_sorted_vec().into_iter().map(|(.., path)| path).collect()
}

/// Whether a path is short enough to be told, and nothing that could deceive who reads it as a line.
pub fn can_be_told(path: &str) -> bool {
    path.len() <= LONGEST && !path.chars().any(char::is_control)
}

/// The lower the likelier; none: it is not meant.
fn rank(path: &str, wanted: &str) -> Option<u8> {
    let path = path.to_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    Some(match () {
        () if name == wanted || path == wanted => 0,
        () if name.starts_with(wanted) => 1,
        () if name.contains(wanted) => 2,
        () if path.contains(wanted) => 3,
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    fn workspace(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    fn look(folder: &Path, wanted: &str, limit: usize) -> Vec<String> {
        find(folder, wanted, limit, || true)
    }

    #[test]
    fn the_likeliest_come_first() {
        let files = ["src/main.rs", "main.rs", "docs/domain.md", "main/notes.txt", "other.txt", "src/MAIN.c"];
        let folder = workspace(&files);
        let found = look(folder.path(), "main", 10);
        assert_eq!(found, ["main.rs", "src/MAIN.c", "src/main.rs", "docs/domain.md", "main/notes.txt"]);
        assert_eq!(look(folder.path(), "main", 2), found[..2]);
        assert_eq!(look(folder.path(), "src/m", 10).len(), 2);
        assert_eq!(look(folder.path(), "", 99).len(), files.len());
        assert_eq!(look(folder.path(), "nothing", 99), [""; 0]);
        assert_eq!(look(&folder.path().join("gone"), "", 99), [""; 0]);
    }

    #[test]
    fn what_is_hidden_ignored_or_elsewhere_is_not_told() {
        let outside = workspace(&["secret.txt"]);
        let folder = workspace(&["a.txt", ".env", ".git/config", "target/a.txt", "keep/b.log", "keep/b.txt"]);
        fs::write(folder.path().join(".gitignore"), "target/\n").unwrap();
        fs::write(folder.path().join("keep/.gitignore"), "*.log\n").unwrap();
        symlink(outside.path(), folder.path().join("out")).unwrap();
        symlink(outside.path().join("secret.txt"), folder.path().join("link.txt")).unwrap();
        symlink(folder.path(), folder.path().join("round")).unwrap();
        fs::write(folder.path().join("bad\nname"), "x").unwrap();
        assert_eq!(look(folder.path(), "", 99), ["a.txt", "keep/b.txt"]);
    }

    #[test]
    fn what_only_looks_like_a_list_of_ignored_files_is_not_opened() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let (done, found) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let folder = workspace(&["pipe/a.txt", "endless/b.txt", "folder/c.txt", "link/d.txt"]);
            let at = |name: &str| folder.path().join(name);
            // Whoever opens it waits for a writer that never comes.
            mknodat(CWD, at("pipe/.gitignore"), FileType::Fifo, Mode::RWXU, 0).unwrap();
            mknodat(CWD, at(".ignore"), FileType::Fifo, Mode::RWXU, 0).unwrap();
            symlink("/dev/zero", at("endless/.gitignore")).unwrap();
            fs::create_dir(at("folder/.gitignore")).unwrap();
            fs::write(at("names"), "*.txt").unwrap();
            symlink(at("names"), at("link/.gitignore")).unwrap();
            done.send(look(folder.path(), "txt", 99)).unwrap();
        });
        let found = found.recv_timeout(std::time::Duration::from_secs(20)).expect("it hangs");
        assert_eq!(found, ["link/d.txt", "pipe/a.txt", "folder/c.txt", "endless/b.txt"]);
    }

    #[test]
    fn only_so_much_of_what_says_what_to_ignore_is_read() {
        let folder = workspace(&["a.txt", "first.log", "last.log"]);
        let padding = "#".repeat(ignored::LONGEST);
        fs::write(folder.path().join(".gitignore"), format!("first.log\n{padding}\nlast.log\n")).unwrap();
        assert_eq!(look(folder.path(), "log", 99), ["last.log"]);
    }

    #[test]
    fn the_nearer_rule_counts_and_what_is_ignored_is_not_looked_into() {
        let folder = workspace(&["a.log", "in/a.log", "in/deep/b.log", "out/in/c.log"]);
        fs::write(folder.path().join(".gitignore"), "*.log\n/out\n").unwrap();
        fs::write(folder.path().join("in/.gitignore"), "!*.log\n").unwrap();
        assert_eq!(look(folder.path(), "log", 99), ["in/a.log", "in/deep/b.log"]);
    }

    #[test]
    fn what_was_found_is_told_when_the_time_is_over() {
        let folder = workspace(&["a/1.txt", "b/2.txt", "c/3.txt"]);
        let asked = std::cell::Cell::new(0);
        let found = find(folder.path(), "", 99, || {
            asked.set(asked.get() + 1);
            asked.get() < 11
        });
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(asked.get(), 11, "and then it ends");
        assert_eq!(find(folder.path(), "", 99, || false), [""; 0]);
    }

    #[test]
    fn a_link_that_takes_a_folders_place_leads_nowhere() {
        let outside = workspace(&["secret.txt", "deep/secret.txt"]);
        let folder = workspace(&["a/1.txt", "b/2.txt", "a/deep/3.txt", "b/deep/4.txt"]);
        let mut walk = Walk::new(folder.path(), || true);
        // Both folders were seen by now, and one was not entered yet.
        let first = walk.next().unwrap();
        for name in ["a", "b"] {
            fs::remove_dir_all(folder.path().join(name)).unwrap();
            symlink(outside.path(), folder.path().join(name)).unwrap();
        }
        let rest: Vec<String> = walk.collect();
        assert!(["a/1.txt", "b/2.txt"].contains(&first.as_str()), "{first}");
        assert_eq!(rest, [""; 0]);
    }

    #[test]
    fn what_cannot_be_told_is_not_looked_into() {
        let name = "n".repeat(250);
        let deep = format!("{name}/{name}/{name}/{name}/{name}/a.txt");
        let folder = workspace(&["line\nbreak/a.txt", &deep, "good/a.txt"]);
        assert_eq!(look(folder.path(), "", 99), ["good/a.txt"]);
        let seen: Vec<String> = Walk::new(folder.path(), || true).collect();
        assert_eq!(seen, ["good/a.txt"]);
    }
}
