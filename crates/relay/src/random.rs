//! Random bytes of the system.

use std::io::Read;

/// 256 random bits in hexadecimal: a key that is new at each start.
///
/// # Errors
/// The system gives none.
pub(crate) fn key() -> std::io::Result<String> {
    let mut bytes = [0u8; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A duration between half of `most` and `most`, so that many relays do not call at once.
pub(crate) fn jitter(most: std::time::Duration) -> std::time::Duration {
    let mut byte = [0u8; 1];
    drop(std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut byte)));
    most / 2 + most * u32::from(byte[0]) / 512
}
