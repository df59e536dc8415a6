//! The real Goose, for tests that need it.

use std::path::PathBuf;

/// `GAGGLE_GOOSE_BIN`, else `goose` on `PATH`.
///
/// # Errors
/// When there is none: a test that needs it must fail then, not skip.
pub fn binary() -> Result<PathBuf, String> {
    let named = std::env::var_os("GAGGLE_GOOSE_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = named.into_iter().chain(std::env::split_paths(&path).map(|dir| dir.join("goose")));
    candidates.find(|path| path.is_file()).ok_or_else(|| {
        "this test needs Goose: set GAGGLE_GOOSE_BIN, or run `cargo xtask test goose`".to_owned()
    })
}
