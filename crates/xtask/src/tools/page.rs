//! All that building the page needs, together.

use crate::{process, tools, workspace};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// The tools of the page's build.
#[derive(Debug)]
pub(crate) struct PageTools {
    /// The toolchain that has the wasm target.
    pub(crate) target: tools::wasm_target::Toolchain,
    /// trunk.
    pub(crate) trunk: PathBuf,
    /// wasm-bindgen.
    pub(crate) wasm_bindgen: PathBuf,
    /// wasm-opt.
    pub(crate) wasm_opt: PathBuf,
    /// wasm-split-cli.
    pub(crate) wasm_split: PathBuf,
}

/// Finds or fetches each of them, the quick ones first.
pub(crate) fn ensure() -> Result<PageTools> {
    Ok(PageTools {
        wasm_opt: tools::wasm_opt::ensure()?,
        target: tools::wasm_target::ensure()?,
        wasm_bindgen: tools::wasm_bindgen::ensure()?,
        wasm_split: tools::wasm_split::ensure()?,
        trunk: tools::trunk::ensure()?,
    })
}

impl PageTools {
    /// trunk where its `Trunk.toml` is, with the right tools first in `PATH`.
    pub(crate) fn trunk(&self) -> Result<Command> {
        let mut trunk = Command::new(&self.trunk);
        let folders: Vec<_> =
            [&self.wasm_bindgen, &self.wasm_opt].iter().filter_map(|p| p.parent()).collect();
        trunk
            .current_dir(workspace::root()?)
            .env("PATH", process::path_with(&folders)?)
            // trunk takes the variable's value for a flag's and stops at `1`.
            .env_remove("NO_COLOR");
        self.aim(trunk)
    }

    /// cargo of the toolchain that compiles the page.
    pub(crate) fn cargo(&self) -> Result<Command> {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(workspace::root()?);
        self.aim(cargo)
    }

    /// The right toolchain, and a target folder of its own: the other one's output is of no use to it.
    fn aim(&self, mut command: Command) -> Result<Command> {
        command.env("CARGO_TARGET_DIR", workspace::target_dir()?.join("page"));
        self.target.apply(&mut command);
        Ok(command)
    }
}
