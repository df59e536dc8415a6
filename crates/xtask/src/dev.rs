//! `cargo xtask dev`: trunk serves the page and passes `/api` on to a server that restarts on a change.

use crate::binary::{self, Speed};
use crate::{hash, say, tools, workspace};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Where trunk serves the page, by `Trunk.toml`: a page of another address is not let in.
const PAGE: &str = "http://127.0.0.1:3001";

/// How often the sources are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Options of `cargo xtask dev`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments for `gaggle`, after `--`. Its address must stay the one that `Trunk.toml` names.
    #[arg(last = true)]
    gaggle: Vec<String>,
}

/// Runs both until Ctrl-C, which reaches them too.
pub(crate) fn dev(args: Args) -> Result<()> {
    let goose = tools::goose::ensure()?;
    let tools = tools::page::ensure()?;
    let mut trunk = tools.trunk()?;
    let mut trunk =
        trunk.args(["serve", "--offline"]).stdin(Stdio::null()).spawn().context("cannot start trunk")?;
    let mut server = Server { goose, arguments: args.gaggle, child: None };
    let sources = sources()?;
    let mut seen = None;
    loop {
        if let Some(status) = trunk.try_wait()? {
            server.stop();
            bail!("trunk ended with {status}");
        }
        let now = hash::by_time(&sources.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        if seen != Some(now) {
            seen = Some(now);
            server.restart();
        }
        thread::sleep(LOOK);
    }
}

/// What the server is made of.
fn sources() -> Result<Vec<PathBuf>> {
    let root = workspace::root()?;
    let mut sources: Vec<_> = ["api", "shared", "Cargo.toml"].iter().map(|name| root.join(name)).collect();
    for member in workspace::members()? {
        let folder = member.manifest.parent().map(Path::to_path_buf);
        let server_side = folder.filter(|f| f.starts_with(root.join("crates")) && !f.ends_with("xtask"));
        sources.extend(server_side);
    }
    Ok(sources)
}

struct Server {
    goose: PathBuf,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl Server {
    /// Builds first, so that the old one serves meanwhile, and stays if the build fails.
    fn restart(&mut self) {
        let gaggle = match binary::server(Speed::Dev) {
            Ok(gaggle) => gaggle,
            Err(error) => return say::failed(&error),
        };
        self.stop();
        say::step("starting the server");
        let mut server = Command::new(gaggle);
        server.args(&self.arguments).env("GAGGLE_GOOSE_BIN", &self.goose).stdin(Stdio::null());
        if std::env::var_os("GAGGLE_PUBLIC_URL").is_none() {
            server.env("GAGGLE_PUBLIC_URL", PAGE);
        }
        match server.spawn() {
            Ok(child) => self.child = Some(child),
            Err(error) => say::failed(&error.into()),
        }
    }

    /// Asks it to end; its agents and their turns go on, and the next server finds them.
    fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let asked = cfg!(unix)
            && Command::new("kill")
                .args(["-TERM", &child.id().to_string()])
                .status()
                .is_ok_and(|s| s.success());
        if !asked {
            child.kill().ok();
        }
        child.wait().ok();
    }
}
