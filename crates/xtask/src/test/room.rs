//! Whether the disk has room for a run: a full one breaks tiers by causes that are hard to recognise.

use crate::{process, say, workspace};
use std::process::Command;

/// What all tiers write into a new checkout: programs with their tests, the page, images, a node. In bytes.
const ALL_TIERS: u64 = 20_000_000_000;

/// Says what is free; that it may be too little for `all` tiers, before they find out.
pub(super) fn warn(all: bool) {
    let Some(free) = free() else { return };
    say::note(&format!("{} are free on the disk", words(free)));
    if all && free < ALL_TIERS {
        say::note(&format!("all tiers in a new checkout write up to {}", words(ALL_TIERS)));
    }
}

/// Bytes that are free where the build's output goes; `None` where nobody tells.
pub(super) fn free() -> Option<u64> {
    let folder = workspace::target_dir().ok()?;
    available(&process::output(Command::new("df").arg("-Pk").arg(folder))?)
}

/// `12.3 GB`.
pub(super) fn words(bytes: u64) -> String {
    let tenths = bytes / 100_000_000;
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

/// The fourth column of what `df -Pk` tells of one place (POSIX), in bytes.
fn available(table: &str) -> Option<u64> {
    let kibibytes: u64 = table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::{available, words};

    #[test]
    fn what_is_free_is_read_and_said() {
        let table = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
                     /dev/vda         263112772 63843412  12012345      68% /";
        assert_eq!(available(table).map(words).as_deref(), Some("12.3 GB"));
        assert_eq!(available("df: no such file"), None);
    }
}
