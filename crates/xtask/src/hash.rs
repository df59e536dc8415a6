//! A fingerprint of source files, to skip a build whose inputs did not change.

use anyhow::{Context as _, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

/// Names that never count: build output, tool state, benchmarks and tests of other tiers.
const SKIP: &[&str] =
    &["dist", ".stage", "node_modules", "target", "e2e", "bench", "test-results", "playwright-report"];

/// Hashes names and contents of all files under `paths` (files or folders; a missing one counts as empty).
///
/// The standard hasher is stable for one compiler version, which is all a stamp in `target/` needs.
pub(crate) fn of(paths: &[&Path]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        files(path, &mut |file| {
            file.hash(&mut hasher);
            fs::read(file).with_context(|| format!("cannot read {}", file.display()))?.hash(&mut hasher);
            Ok(())
        })?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// A name's worth of a content's hash.
pub(crate) fn bytes(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// As [`of`], but only by time and size: cheap enough to ask twice a second.
pub(crate) fn by_time(paths: &[&Path]) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        files(path, &mut |file| {
            let meta = fs::metadata(file)?;
            (file, meta.len(), meta.modified().ok()).hash(&mut hasher);
            Ok(())
        })?;
    }
    Ok(hasher.finish())
}

/// Visits every file under a path, in the order of their names, without what never counts.
pub(crate) fn files(path: &Path, visit: &mut impl FnMut(&Path) -> Result<()>) -> Result<()> {
    if path.is_file() {
        return visit(path);
    }
    let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
    let mut children: Vec<_> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    children.sort();
    for child in children {
        let skipped = child.file_name().and_then(|n| n.to_str()).is_some_and(|n| SKIP.contains(&n));
        if !skipped {
            files(&child, visit)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::of;
    use std::fs;

    #[test]
    fn a_changed_file_changes_the_hash_and_build_output_does_not() {
        let dir = std::env::temp_dir().join(format!("gaggle-hash-{}", std::process::id()));
        fs::create_dir_all(dir.join("dist")).unwrap();
        fs::write(dir.join("a.rs"), "1").unwrap();
        let first = of(&[&dir]).unwrap();
        fs::write(dir.join("dist/page.js"), "built").unwrap();
        assert_eq!(of(&[&dir]).unwrap(), first);
        fs::write(dir.join("a.rs"), "2").unwrap();
        assert_ne!(of(&[&dir]).unwrap(), first);
        fs::remove_dir_all(&dir).unwrap();
    }
}
