use async_trait::async_trait;
use gaggle_shared::Time;
use std::fmt::Debug;

/// Time, passed in: an hour of idleness tests in milliseconds.
#[async_trait]
pub trait Clock: Send + Sync + Debug {
    /// The instant now.
    fn now(&self) -> Time;
    /// Returns at or after this instant.
    async fn sleep_until(&self, at: Time);
}

/// Randomness, passed in.
pub trait Entropy: Send + Sync + Debug {
    /// Fills the buffer with bytes that nobody can guess.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Entropy {
    /// Ten bytes, as a fresh id wants them.
    pub fn ten(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        bytes
    }
}
