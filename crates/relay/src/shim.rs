//! The small process between relay and Goose, re-executed from the same binary: it learns of the relay's
//! death, however that comes, and then leaves nothing alive of what Goose has started.
//!
//! Its standard input is a pipe from the relay (`end MILLIS` asks for a soft end; its closing means that the
//! relay is gone), its standard output one to the relay (`goose PID`, then `exit CODE` or `signal NUMBER`),
//! its standard error takes Goose's output.

use crate::process::{Process, descendants};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getppid, wait};
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

/// The hidden subcommand that a binary must route to [`shim_main`].
pub const SUBCOMMAND: &str = "relay-shim";

/// A command that runs this very binary's shim, also after the file was replaced. `step` is `watch` (the
/// process between) or `exec` (becomes `program`); `args` go to `program`.
pub(crate) fn command(step: &str, program: &OsStr, args: &[OsString]) -> std::io::Result<Command> {
    let exe = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
    let mut command = Command::new(exe);
    let parent = std::process::id().to_string();
    command.arg0("gaggle-relay-shim").args([SUBCOMMAND, step, &parent]).arg(program).args(args);
    Ok(command)
}

/// The shim's entry: `args` is what follows `relay-shim`.
pub fn shim_main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let step = args.next().unwrap_or_default();
    let parent = args.next().and_then(|pid| pid.to_str()?.parse().ok()).and_then(Pid::from_raw);
    let (Some(parent), Some(program)) = (parent, args.next()) else {
        eprintln!("relay-shim is started by the relay only");
        return ExitCode::from(2);
    };
    let args: Vec<OsString> = args.collect();
    let result = match step.to_str() {
        Some("watch") => watch(parent, &program, &args),
        Some("exec") => Err(exec(parent, &program, &args)),
        _ => Err(std::io::Error::other("unknown step")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot start {}: {error}", program.to_string_lossy());
            ExitCode::from(127)
        }
    }
}

/// Becomes Goose, which dies with its shim. Returns only when that fails.
fn exec(parent: Pid, program: &OsStr, args: &[OsString]) -> std::io::Error {
    if let Err(error) = die_with_parent(parent, Signal::KILL) {
        return error;
    }
    go_first();
    Command::new(program).args(args).exec()
}

/// How much sooner than the relay Goose and its tools are ended when memory runs out, in the kernel's unit
/// (thousandths of all there is).
const SOONER: i32 = 300;

/// Lets the kernel end this process, and what it will start, before the relay. A kernel that does not let us
/// is no reason not to start.
fn go_first() {
    let file = "/proc/self/oom_score_adj";
    let now = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse::<i32>().ok());
    if let Some(now) = now {
        drop(std::fs::write(file, (now + SOONER).min(1000).to_string()));
    }
}

/// Asks for a signal at the parent's death; an error if it is dead already.
fn die_with_parent(parent: Pid, with: Signal) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(with))?;
    #[cfg(not(target_os = "linux"))]
    let _ = with;
    if getppid() == Some(parent) { Ok(()) } else { Err(std::io::Error::other("the parent is gone")) }
}

/// Makes this process the parent of everything below it whose own parent dies.
pub(crate) fn adopt_orphans() -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

fn watch(relay: Pid, program: &OsStr, args: &[OsString]) -> std::io::Result<()> {
    adopt_orphans()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _guard = runtime.enter();
    let mut shim = Shim {
        child: signal(SignalKind::child())?,
        term: signal(SignalKind::terminate())?,
        orders: BufReader::new(pipe::Receiver::from_owned_fd(
            std::io::stdin().as_fd().try_clone_to_owned()?,
        )?)
        .lines(),
        goose: None,
        status: None,
    };
    die_with_parent(relay, Signal::TERM)?;
    let output = || std::io::stderr().as_fd().try_clone_to_owned().map(Stdio::from);
    // Reaped by `reap`, with everything that Goose leaves behind.
    let goose = command("exec", program, args)?
        .stdin(Stdio::null())
        .stdout(output()?)
        .stderr(output()?)
        .process_group(0)
        .spawn()?;
    shim.goose = i32::try_from(goose.id()).ok().and_then(Pid::from_raw);
    report(format_args!("goose {}", goose.id()));
    runtime.block_on(shim.until_the_end());
    shim.kill_all();
    match shim.status {
        Some(status) if status.signaled() => {
            report(format_args!("signal {}", status.terminating_signal().unwrap_or_default()));
        }
        Some(status) => report(format_args!("exit {}", status.exit_status().unwrap_or_default())),
        None => {}
    }
    Ok(())
}

struct Shim {
    child: tokio::signal::unix::Signal,
    term: tokio::signal::unix::Signal,
    orders: Lines<BufReader<pipe::Receiver>>,
    goose: Option<Pid>,
    status: Option<WaitStatus>,
}

impl Shim {
    /// Returns when Goose has ended, the relay is gone, or a soft end took too long.
    async fn until_the_end(&mut self) {
        let mut deadline: Option<Instant> = None;
        while self.status.is_none() {
            tokio::select! {
                _ = self.child.recv() => self.reap(),
                _ = self.term.recv() => return,
                order = self.orders.next_line() => match order {
                    Ok(Some(order)) => {
                        let millis = order.strip_prefix("end ").and_then(|millis| millis.parse().ok());
                        deadline = Some(Instant::now() + Duration::from_millis(millis.unwrap_or(0)));
                        if let Some(goose) = self.goose.and_then(|pid| Process::of(pid.as_raw_nonzero().get())) {
                            goose.signal(Signal::TERM);
                        }
                    }
                    Ok(None) | Err(_) => return,
                },
                () = async { tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)).await },
                    if deadline.is_some() => return,
            }
        }
    }

    /// Takes all children that have ended, ours and adopted ones.
    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            self.ended(pid, status);
        }
    }

    fn ended(&mut self, pid: Pid, status: WaitStatus) {
        if Some(pid) == self.goose {
            self.status = Some(status);
        }
    }

    /// Kills what is left, again after each that ends, until there is no child any more: what is started
    /// in between becomes our child when its parent dies.
    fn kill_all(&mut self) {
        loop {
            descendants(Process::current().pid).into_iter().for_each(|process| process.signal(Signal::KILL));
            #[cfg(not(target_os = "linux"))]
            if let Some(goose) = self.goose {
                drop(rustix::process::kill_process_group(goose, Signal::KILL));
            }
            match wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) => self.ended(pid, status),
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }
}

/// Tells the relay; if it is gone there is nobody to tell.
fn report(line: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}
