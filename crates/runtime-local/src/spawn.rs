//! Starts a relay.

use crate::{
    config::LocalConfig,
    layout::Place,
    process::{LAUNCH, Process},
};
use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use std::{collections::BTreeMap, fs::OpenOptions, io, os::unix::fs::OpenOptionsExt as _, process::Stdio};

/// A relay of ours, and the handle by which its end is taken.
#[derive(Debug)]
pub(crate) struct Spawned {
    pub(crate) process: Process,
    pub(crate) child: Box<dyn ChildWrapper>,
}

/// In a session of its own, so that neither a closed terminal nor Ctrl-C nor our own end reaches it, and with an
/// environment of nothing but what it is given.
pub(crate) fn relay(
    config: &LocalConfig,
    place: &Place,
    marks: BTreeMap<String, String>,
    launch: &str,
) -> io::Result<Spawned> {
    let errors =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(place.errors())?;
    let mut command = CommandWrap::with_new(&config.gaggle_bin, |command| {
        command
            .arg("relay")
            .arg("--launch")
            .arg(place.launch())
            .current_dir(&place.root)
            .env_clear()
            .envs(&config.env)
            .envs(marks)
            .env(LAUNCH, launch)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors);
    });
    let child = command.wrap(ProcessSession).spawn()?;
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).ok_or(io::ErrorKind::NotFound)?;
    // One that has ended already is a zombie until the handle takes its end: its start time does not matter.
    let process = Process::of(pid).unwrap_or(Process { pid, start: 0 });
    // Its own end, not that of everything in its session.
    Ok(Spawned { process, child: child.into_inner() })
}
