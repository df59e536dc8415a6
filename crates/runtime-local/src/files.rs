//! What lies in a workspace. Its names are the agent's: nothing is followed, opened or run, and there is an end to it.

use ignore::WalkBuilder;
use std::{collections::BinaryHeap, path::Path};

/// So many entries of a workspace are looked at.
const LOOKED_AT: usize = 50_000;
/// So deep.
const DEPTH: usize = 24;
/// So long a path may be.
const LONGEST: usize = 1024;

/// The files whose path holds `wanted` in any case, the likeliest first: what is called so, then what begins so, then
/// what has it in its name, then what has it anywhere; of these the shallow and short before the others. Hidden
/// files, and those that a `.gitignore` of the workspace names, are left out, and so are names that are no text.
pub(crate) fn find(workspace: &Path, wanted: &str, limit: usize) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let walk = WalkBuilder::new(workspace)
        .follow_links(false)
        .parents(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .max_depth(Some(DEPTH))
        .build();
    // The best ones only are kept, the worst of them at the top.
    let mut best = BinaryHeap::new();
    for entry in walk.take(LOOKED_AT).flatten() {
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        let Some(path) = is_file.then(|| relative(workspace, entry.path())).flatten() else { continue };
        if let Some(rank) = rank(&path, &wanted) {
            best.push((rank, path.matches('/').count(), path.len(), path));
            if best.len() > limit {
                best.pop();
            }
        }
    }
    best.into_sorted_vec().into_iter().map(|(.., path)| path).collect()
}

fn relative(workspace: &Path, path: &Path) -> Option<String> {
    let path = path.strip_prefix(workspace).ok()?.to_str()?;
    (path.len() <= LONGEST && !path.chars().any(char::is_control)).then(|| path.to_owned())
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

    #[test]
    fn the_likeliest_come_first() {
        let files = ["src/main.rs", "main.rs", "docs/domain.md", "main/notes.txt", "other.txt", "src/MAIN.c"];
        let folder = workspace(&files);
        let found = find(folder.path(), "main", 10);
        assert_eq!(found, ["main.rs", "src/MAIN.c", "src/main.rs", "docs/domain.md", "main/notes.txt"]);
        assert_eq!(find(folder.path(), "main", 2), found[..2]);
        assert_eq!(find(folder.path(), "src/m", 10).len(), 2);
        assert_eq!(find(folder.path(), "", 99).len(), files.len());
        assert_eq!(find(folder.path(), "nothing", 99), [""; 0]);
        assert_eq!(find(&folder.path().join("gone"), "", 99), [""; 0]);
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
        assert_eq!(find(folder.path(), "", 99), ["a.txt", "keep/b.txt"]);
    }
}
