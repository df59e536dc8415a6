//! Is there a Goose, and if not, how to get one.

use gaggle_core::port::Cause;
use gaggle_shared::Code;
use rustix::fs::{Access, access};
use std::path::{Path, PathBuf};

/// The binary, if it is there and may be run.
pub(crate) fn found(goose: &Result<PathBuf, String>) -> Result<&Path, Cause> {
    match goose {
        Ok(path) if path.is_file() && access(path, Access::EXEC_OK).is_ok() => Ok(path),
        Ok(path) => Err(missing(format!("{} is not a program", path.display()))),
        Err(looked) => Err(missing(looked.clone())),
    }
}

fn missing(looked: String) -> Cause {
    let package = package(std::env::consts::OS, std::env::consts::ARCH);
    let hint = format!(
        "get one with `npm install -g {package}` or as https://github.com/aaif-goose/goose says, so that `goose` is on \
         the PATH, or set GAGGLE_GOOSE_BIN to it; then start Gaggle again"
    );
    Cause::new(Code::GooseNotFound, "Goose, the agent, is not installed on this computer")
        .hint(hint)
        .detail(looked)
}

/// The npm package of this platform.
fn package(os: &str, arch: &str) -> String {
    let os = match os {
        "macos" => "darwin",
        other => other,
    };
    let arch = match arch {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("@aaif/goose-binary-{os}-{arch}")
}
