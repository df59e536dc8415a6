//! Where a project's files lie.

use gaggle_core::port::Cause;
use gaggle_shared::{Code, InstanceId, ProjectId};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// The folder of all projects.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    data_dir: PathBuf,
    instance: InstanceId,
}

/// The folder of one project.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) root: PathBuf,
}

impl Place {
    pub(crate) fn workspace(&self) -> PathBuf {
        self.root.join("workspace")
    }
    pub(crate) fn agent(&self) -> PathBuf {
        self.root.join("agent")
    }
    pub(crate) fn relay(&self) -> PathBuf {
        self.root.join("relay")
    }
    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }
    pub(crate) fn log(&self) -> PathBuf {
        self.logs().join("agent.log")
    }
    /// What the relay itself prints: why it could not start.
    pub(crate) fn errors(&self) -> PathBuf {
        self.logs().join("relay.err")
    }
    pub(crate) fn launch(&self) -> PathBuf {
        self.root.join("launch.json")
    }
    pub(crate) fn pid(&self) -> PathBuf {
        self.root.join("relay.pid")
    }
    fn instance(&self) -> PathBuf {
        self.root.join("instance")
    }
}

impl Layout {
    pub(crate) fn new(data_dir: PathBuf, instance: InstanceId) -> Self {
        Self { data_dir, instance }
    }

    pub(crate) fn projects(&self) -> PathBuf {
        self.data_dir.join("projects")
    }

    pub(crate) fn trash(&self) -> PathBuf {
        self.data_dir.join("trash")
    }

    pub(crate) fn place(&self, project: &ProjectId) -> Place {
        Place { root: self.projects().join(project.as_str()) }
    }

    /// Makes the project's folders, unless they are there. They are never seen without saying whose they are.
    pub(crate) fn make(&self, project: &ProjectId) -> Result<Place, Cause> {
        let place = self.place(project);
        let failed = |error: io::Error| {
            let detail = format!("{}: {error}", place.root.display());
            Cause::new(Code::VolumeFailed, "the project's folder could not be made").detail(detail)
        };
        self.claim(&place, project).map_err(failed)?;
        if !self.is_ours(&place) {
            return Err(Cause::new(Code::VolumeFailed, "the project's folder belongs to another Gaggle")
                .hint("give every Gaggle a GAGGLE_DATA_DIR of its own")
                .detail(place.root.display().to_string()));
        }
        for dir in [place.workspace(), place.agent(), place.relay(), place.logs()] {
            private(&dir).map_err(failed)?;
        }
        Ok(place)
    }

    fn claim(&self, place: &Place, project: &ProjectId) -> io::Result<()> {
        private(&self.projects())?;
        if !place.root.exists() {
            let fresh = Place { root: self.projects().join(format!(".new-{project}")) };
            private(&fresh.root)?;
            replace(&fresh.instance(), self.instance.as_str().as_bytes())?;
            fs::rename(&fresh.root, &place.root)?;
            sync(&self.projects())?;
        }
        Ok(())
    }

    /// True if the folder says that it is our instance's.
    pub(crate) fn is_ours(&self, place: &Place) -> bool {
        fs::read_to_string(place.instance()).is_ok_and(|text| text.trim() == self.instance.as_str())
    }

    /// The projects of our instance that have a folder, also one that is being removed.
    pub(crate) fn all(&self) -> io::Result<Vec<ProjectId>> {
        let mut found = Vec::new();
        for (dir, trashed) in [(self.projects(), false), (self.trash(), true)] {
            for (name, root) in entries(&dir)? {
                let id = if trashed { name.split('.').next().unwrap_or_default() } else { &name };
                if let Ok(id) = ProjectId::parse(id)
                    && self.is_ours(&Place { root })
                {
                    found.push(id);
                }
            }
        }
        Ok(found)
    }

    /// What is left in the trash of a project of ours.
    pub(crate) fn trashed(&self, project: &ProjectId) -> io::Result<Vec<PathBuf>> {
        let prefix = format!("{project}.");
        let ours = |(name, root): (String, PathBuf)| {
            (name.starts_with(&prefix) && self.is_ours(&Place { root: root.clone() })).then_some(root)
        };
        Ok(entries(&self.trash())?.into_iter().filter_map(ours).collect())
    }
}

fn entries(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let list = match fs::read_dir(dir) {
        Ok(list) => list,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    list.map(|entry| entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())))
        .collect()
}

/// Makes a folder, and those above it, that only we can enter.
pub(crate) fn private(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Puts a file (0600) in its place, durably: after a crash it is the old or the new one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    put_as(path, content, File::sync_all)?;
    path.parent().map_or(Ok(()), sync)
}

/// Puts a file (0600) in its place, for as long as the machine runs: nobody ever reads half of it.
pub(crate) fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    put_as(path, content, |_| Ok(()))
}

fn put_as(path: &Path, content: &[u8], first: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(content)?;
    first(&file)?;
    fs::rename(&fresh, path)
}

/// Makes what was done in a folder durable.
pub(crate) fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
