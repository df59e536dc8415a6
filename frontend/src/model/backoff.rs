//! How long to wait before connecting again.

/// The longest wait, in milliseconds: a server that is back is noticed within it.
pub const LONGEST_MS: u32 = 4_000;

/// Milliseconds to wait before the `attempt`-th try (from 0); `dice` in 0..1 spreads many pages apart.
pub fn wait_ms(attempt: u32, dice: f64) -> u32 {
    let base = 250u32.saturating_mul(2u32.saturating_pow(attempt.min(8))).min(LONGEST_MS);
    base / 2 + (f64::from(base / 2) * dice.clamp(0.0, 1.0)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stop_growing() {
        assert_eq!(wait_ms(0, 1.0), 250);
        assert_eq!(wait_ms(1, 0.0), 250);
        assert!(wait_ms(60, 1.0) <= LONGEST_MS);
        assert!(wait_ms(60, 0.0) >= LONGEST_MS / 2);
    }
}
