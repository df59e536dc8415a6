use super::{ConfigError, Vars};
use std::path::{Path, PathBuf};

/// Where things are kept and found on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathsConfig {
    /// `GAGGLE_DATA_DIR`: the store, workspaces and the agents' state.
    pub data: PathBuf,
    /// `GAGGLE_GOOSE_BIN`, else `goose` on PATH; none if there is none.
    pub goose: Option<PathBuf>,
}

impl PathsConfig {
    pub(super) fn read(vars: &Vars) -> Result<Self, ConfigError> {
        let data = match vars.get("GAGGLE_DATA_DIR") {
            Some(text) => absolute(PathBuf::from(text)),
            None => platform(vars).ok_or_else(|| {
                vars.error("GAGGLE_DATA_DIR", "must be set where there is no home directory")
            })?,
        };
        let goose = match vars.get("GAGGLE_GOOSE_BIN") {
            Some(text) => Some(absolute(PathBuf::from(text))),
            None => on_path(vars.get("PATH").unwrap_or_default()),
        };
        Ok(Self { data, goose })
    }
}

/// The platform's data directory + `gaggle`.
fn platform(vars: &Vars) -> Option<PathBuf> {
    if cfg!(windows) {
        return vars.get("APPDATA").map(|folder| Path::new(folder).join("gaggle"));
    }
    let home = vars.get("HOME").map(PathBuf::from);
    if cfg!(target_os = "macos") {
        return home.map(|home| home.join("Library/Application Support/gaggle"));
    }
    let told = vars.get("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    told.or_else(|| home.map(|home| home.join(".local/share"))).map(|folder| folder.join("gaggle"))
}

fn on_path(path: &str) -> Option<PathBuf> {
    let name = format!("goose{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path).map(|folder| absolute(folder.join(&name))).find(|file| file.is_file())
}

fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn data_goes_where_the_platform_keeps_it() {
        let data = |vars: Vars| PathsConfig::read(&vars).map(|paths| paths.data.display().to_string());
        assert_eq!(data(Vars::from([("HOME", "/home/a")])).unwrap(), "/home/a/.local/share/gaggle");
        assert_eq!(data(Vars::from([("HOME", "/home/a"), ("XDG_DATA_HOME", "/x")])).unwrap(), "/x/gaggle");
        assert_eq!(data(Vars::from([("GAGGLE_DATA_DIR", "/d")])).unwrap(), "/d");
        assert!(data(Vars::default()).unwrap_err().to_string().starts_with("GAGGLE_DATA_DIR="));
    }

    #[test]
    fn goose_is_found_on_the_path() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("goose"), "").unwrap();
        let path = format!("/nowhere:{}", folder.path().display());
        let goose =
            |path: &str| PathsConfig::read(&Vars::from([("HOME", "/h"), ("PATH", path)])).unwrap().goose;
        assert_eq!(goose(&path), Some(folder.path().join("goose")));
        assert_eq!(goose("/nowhere"), None);
    }
}
