use super::{
    KEPT,
    lines::{Line, merged},
};
use gaggle_shared::ProjectId;
use std::{
    collections::HashMap,
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// The files of kept logs: one per project, at most 1 MiB, below the data directory.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    dir: PathBuf,
    /// One writer per file.
    turns: Arc<Mutex<HashMap<ProjectId, Arc<Mutex<()>>>>>,
}

impl Kept {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir, turns: Arc::default() }
    }

    /// The lines, oldest first; none, if none were kept.
    pub(super) fn read(&self, project: &ProjectId) -> Vec<Line> {
        let bytes = fs::read(self.path(project)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().map(|line| Line::parse(line, "")).collect()
    }

    /// Adds the lines that are not kept yet, and lets go of the oldest.
    pub(super) fn add(&self, project: &ProjectId, lines: Vec<Line>) -> io::Result<()> {
        let turn = self.turn(project);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.read(project);
        let count = before.len();
        let all = merged(before, lines);
        if all.len() == count {
            return Ok(());
        }
        let mut size = 0;
        let kept = all.iter().rev().take_while(|line| {
            size += line.size();
            size <= KEPT
        });
        let from = all.len() - kept.count();
        let text: String = all[from..].iter().map(Line::stored).collect();
        fs::create_dir_all(&self.dir)?;
        let next = self.path(project).with_extension("next");
        fs::write(&next, text)?;
        fs::rename(next, self.path(project))
    }

    /// Nothing is kept any more.
    pub(super) fn remove(&self, project: &ProjectId) -> io::Result<()> {
        let turn = self.turn(project);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).remove(project);
        match fs::remove_file(self.path(project)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn turn(&self, project: &ProjectId) -> Arc<Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(project.clone()).or_default())
    }

    fn path(&self, project: &ProjectId) -> PathBuf {
        self.dir.join(format!("{project}.log"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: usize, text: &str) -> Line {
        Line {
            stamp: format!("2026-11-23T21:{:02}:{:02}Z", second / 60 % 60, second % 60).into(),
            text: text.into(),
        }
    }

    #[test]
    fn what_is_kept_is_kept_once_and_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept::new(dir.path().join("logs"));
        let project = ProjectId::parse("p1").unwrap();
        kept.add(&project, vec![line(1, "a"), line(2, "b")]).unwrap();
        kept.add(&project, vec![line(1, "a"), line(2, "b"), line(3, "c")]).unwrap();
        let texts: Vec<_> = kept.read(&project).into_iter().map(|line| line.text.to_string()).collect();
        assert_eq!(texts, ["a", "b", "c"]);

        let long = "x".repeat(1000);
        kept.add(&project, (4..3000).map(|second| line(second, &long)).collect()).unwrap();
        let size = fs::metadata(dir.path().join("logs/p1.log")).unwrap().len() as usize;
        assert!((KEPT - 2000..=KEPT).contains(&size), "{size}");
        assert_eq!(kept.read(&project).last(), Some(&line(2999, &long)));

        kept.remove(&project).unwrap();
        kept.remove(&project).unwrap();
        assert!(kept.read(&project).is_empty());
    }
}
