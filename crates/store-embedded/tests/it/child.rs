//! Tests that need a process of their own run this binary again, for one test that is ignored otherwise.

use std::env;
use std::path::Path;
use std::process::Command;

/// The command that runs the ignored test `name` of this binary in `dir`.
pub(crate) fn command(name: &str, dir: &Path) -> Command {
    let mut command = Command::new("sh");
    // A write beyond the limit of a file's size shall fail, not kill.
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(env::current_exe().unwrap());
    command
        .args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1", "-q"])
        .env("STORE_DIR", dir);
    command
}

/// The directory that was given to the child.
pub(crate) fn dir() -> std::path::PathBuf {
    env::var_os("STORE_DIR").expect("run by another test only").into()
}
