//! Medians, quantiles, and how sure one can be of a median of pairs.

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

/// Draws of the bootstrap.
const DRAWS: usize = 2000;

/// A value with the interval that holds it in 95 of 100 repetitions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    /// The median.
    pub(crate) value: f64,
    /// Where the interval begins.
    pub(crate) low: f64,
    /// Where it ends.
    pub(crate) high: f64,
}

/// The value below which `part` (0 to 1) of the samples are; 0 of none. By nearest rank: always a sample.
pub(crate) fn quantile(samples: &[f64], part: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The middle; of two middles their mean.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.get(middle.wrapping_sub(1))) {
        (Some(upper), Some(lower)) if sorted.len().is_multiple_of(2) => f64::midpoint(*upper, *lower),
        (Some(middle), _) => *middle,
        (None, _) => 0.0,
    }
}

/// The median and its 95 % bootstrap interval. The same samples always give the same interval.
pub(crate) fn estimate(samples: &[f64]) -> Estimate {
    let value = median(samples);
    if samples.len() < 2 {
        return Estimate { value, low: value, high: value };
    }
    let mut random = SmallRng::seed_from_u64(samples.len() as u64);
    let medians: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn: Vec<f64> = samples
                .iter()
                .filter_map(|_| samples.get(random.random_range(0..samples.len())).copied())
                .collect();
            median(&drawn)
        })
        .collect();
    Estimate { value, low: quantile(&medians, 0.025), high: quantile(&medians, 0.975) }
}

#[cfg(test)]
mod tests {
    use super::{estimate, median, quantile};

    #[test]
    fn quantiles_are_samples_and_medians_are_middles() {
        let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(
            (quantile(&samples, 0.99), quantile(&samples, 1.0), quantile(&samples, 0.0)),
            (99.0, 100.0, 1.0)
        );
        assert_eq!((median(&samples), median(&[3.0, 1.0, 2.0]), median(&[])), (50.5, 2.0, 0.0));
    }

    #[test]
    fn the_interval_holds_the_median_and_widens_with_the_spread() {
        let near = estimate(&[1.0, 1.1, 0.9, 1.0, 1.05, 0.95]);
        let wide = estimate(&[1.0, 3.0, 0.1, 1.0, 2.0, 0.2]);
        assert!(near.low <= near.value && near.value <= near.high);
        assert!(wide.high - wide.low > near.high - near.low);
        assert_eq!(estimate(&[2.0]).low, 2.0);
    }
}
