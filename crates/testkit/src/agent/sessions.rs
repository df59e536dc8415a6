//! The agent's sessions: a file each, so that they outlive it.

use serde_json::{Value, json};
use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct Sessions(PathBuf);

impl Sessions {
    pub(super) fn open(root: &Path) -> Result<Self> {
        let folder = root.join("scripted-sessions");
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// A new one; ids are not used again.
    pub(super) fn make(&self) -> Result<String> {
        let mut n = self.all()?.len() + 1;
        loop {
            let id = format!("20270101_{n}");
            match fs::File::create_new(self.0.join(&id)) {
                Ok(_) => return Ok(id),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => n += 1,
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.all().is_ok_and(|all| all.iter().any(|one| one == id))
    }

    pub(super) fn forget(&self, id: &str) -> bool {
        self.has(id) && fs::remove_file(self.0.join(id)).is_ok()
    }

    /// As `session/list` answers.
    pub(super) fn list(&self) -> Result<Value> {
        let one = |id: String| json!({"sessionId": id, "cwd": "/"});
        Ok(json!({"sessions": self.all()?.into_iter().map(one).collect::<Vec<_>>()}))
    }

    fn all(&self) -> Result<Vec<String>> {
        fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }
}
