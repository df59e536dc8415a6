//! Which rows of a long list are near the eye, and where each of them stands.
//!
//! A row has an estimated height until it was measured. Sums are kept in a Fenwick tree of the differences, so that
//! a list of 100 000 rows of different heights scrolls in logarithmic time.

/// The heights of the rows of a list.
#[derive(Debug, Clone, Default)]
pub struct Heights {
    estimate: f64,
    /// What was measured, less the estimate; zero until then.
    differences: Vec<f64>,
    tree: Vec<f64>,
}

/// Rows from `first` to before `end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// The first row.
    pub first: usize,
    /// The row after the last.
    pub end: usize,
}

impl Heights {
    /// No rows; each that comes is taken to be so high.
    pub fn new(estimate: f64) -> Self {
        Self { estimate, ..Self::default() }
    }

    /// How high a row is taken to be until it was measured.
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.differences.len()
    }

    /// Makes it so many rows; what was measured of those that stay is kept.
    pub fn resize(&mut self, count: usize) {
        self.differences.truncate(count);
        self.tree.truncate(count);
        for at in self.tree.len()..count {
            // A node holds the sum of the rows below it in the tree.
            let from = at + 1 - lowest_bit(at + 1);
            self.tree.push(self.sum(at) - self.sum(from));
            self.differences.push(0.0);
        }
    }

    /// Forgets what was measured.
    pub fn forget(&mut self, estimate: f64) {
        self.estimate = estimate;
        self.differences.fill(0.0);
        self.tree.fill(0.0);
    }

    /// Forgets what was measured if the estimate is another: true, and rows stand elsewhere.
    pub fn forget_if(&mut self, estimate: f64) -> bool {
        let other = self.estimate.to_bits() != estimate.to_bits();
        if other {
            self.forget(estimate);
        }
        other
    }

    /// A row was measured; by how much it is higher than it was taken to be.
    pub fn set(&mut self, row: usize, height: f64) -> f64 {
        let Some(difference) = self.differences.get_mut(row) else { return 0.0 };
        let new = height - self.estimate;
        let by = new - *difference;
        if by.abs() < 0.5 {
            return 0.0;
        }
        *difference = new;
        let mut at = row + 1;
        while at <= self.tree.len() {
            self.tree[at - 1] += by;
            at += lowest_bit(at);
        }
        by
    }

    fn sum(&self, rows: usize) -> f64 {
        let (mut sum, mut at) = (0.0, rows);
        while at > 0 {
            sum += self.tree[at - 1];
            at -= lowest_bit(at);
        }
        sum
    }

    /// Where a row begins; of the count, where the last ends.
    pub fn top(&self, row: usize) -> f64 {
        let row = row.min(self.count());
        row as f64 * self.estimate + self.sum(row)
    }

    /// How high all are together.
    pub fn total(&self) -> f64 {
        self.top(self.count())
    }

    /// The row at this height.
    pub fn row_at(&self, y: f64) -> usize {
        let count = self.count();
        let (mut row, mut sum) = (0, 0.0);
        let mut step = count.checked_next_power_of_two().unwrap_or(0);
        while step > 0 {
            let next = row + step;
            if next <= count {
                let below = sum + self.tree[next - 1];
                if next as f64 * self.estimate + below <= y {
                    row = next;
                    sum = below;
                }
            }
            step /= 2;
        }
        row.min(count.saturating_sub(1))
    }

    /// What to draw where `y` is at the top of a view of `height`, and `spare` rows more on both sides.
    pub fn window(&self, y: f64, height: f64, spare: usize) -> Window {
        if self.count() == 0 {
            return Window::default();
        }
        let first = self.row_at(y.max(0.0)).saturating_sub(spare);
        let end = (self.row_at((y + height).max(0.0)) + 1 + spare).min(self.count());
        Window { first, end }
    }
}

const fn lowest_bit(n: usize) -> usize {
    n & n.wrapping_neg()
}

/// How many columns of at least `least` stand side by side in `width` with `gap` between them; 0 for `least`: one.
pub fn columns(width: f64, least: f64, gap: f64) -> usize {
    if least <= 0.0 {
        return 1;
    }
    (((width + gap) / (least + gap)).floor() as usize).max(1)
}

/// Which item a key leads to from `at`, in a list of so many with so many columns and rows on a screen.
pub fn moved(key: &str, at: usize, count: usize, columns: usize, page: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let to = match key {
        "ArrowDown" => at.saturating_add(columns).min(if columns == 1 { last } else { last.max(at) }),
        "ArrowUp" => at.checked_sub(columns).unwrap_or(at),
        "ArrowRight" if columns > 1 => (at + 1).min(last),
        "ArrowLeft" if columns > 1 => at.saturating_sub(1),
        "PageDown" => at.saturating_add(page.max(1) * columns).min(last),
        "PageUp" => at.saturating_sub(page.max(1) * columns),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimated_rows_stand_one_under_the_other() {
        let mut heights = Heights::new(20.0);
        heights.resize(10_000);
        assert_eq!((heights.top(0), heights.top(5), heights.total()), (0.0, 100.0, 200_000.0));
        assert_eq!((heights.row_at(0.0), heights.row_at(19.0), heights.row_at(20.0)), (0, 0, 1));
        assert_eq!(heights.row_at(1e9), 9_999);
        assert_eq!(heights.window(1_000.0, 100.0, 2), Window { first: 48, end: 58 });
    }

    #[test]
    fn measured_rows_move_what_follows_and_nothing_before() {
        let mut heights = Heights::new(10.0);
        heights.resize(7);
        assert_eq!(heights.set(2, 25.0), 15.0);
        assert_eq!(heights.set(2, 25.2), 0.0, "half a pixel is no change");
        assert_eq!(heights.set(5, 4.0), -6.0);
        let tops: Vec<_> = (0..=7).map(|row| heights.top(row)).collect();
        assert_eq!(tops, [0.0, 10.0, 20.0, 45.0, 55.0, 65.0, 69.0, 79.0]);
        for row in 0..7 {
            assert_eq!(heights.row_at(heights.top(row)), row);
            assert_eq!(heights.row_at(heights.top(row + 1) - 0.1), row);
        }
    }

    #[test]
    fn rows_that_come_and_go_keep_what_was_measured_of_others() {
        let mut heights = Heights::new(10.0);
        heights.resize(3);
        heights.set(0, 30.0);
        heights.set(2, 50.0);
        heights.resize(9);
        assert_eq!((heights.top(3), heights.total()), (90.0, 150.0));
        heights.resize(2);
        assert_eq!(heights.total(), 40.0);
        heights.resize(4);
        assert_eq!(heights.total(), 60.0, "what went is forgotten");
        heights.forget(5.0);
        assert_eq!(heights.total(), 20.0);
        heights.set(1, 9.0);
        assert_eq!((heights.forget_if(5.0), heights.total()), (false, 24.0));
        assert_eq!((heights.forget_if(6.0), heights.total()), (true, 24.0), "also where the sum is the same");
    }

    #[test]
    fn an_empty_list_has_no_window() {
        let heights = Heights::new(10.0);
        assert_eq!(heights.window(50.0, 500.0, 3), Window::default());
        assert_eq!(heights.row_at(10.0), 0);
    }

    #[test]
    fn keys_lead_through_rows_and_cards() {
        assert_eq!(moved("ArrowDown", 4, 5, 1, 9), Some(4));
        assert_eq!(moved("ArrowDown", 0, 5, 3, 9), Some(3));
        assert_eq!(moved("ArrowRight", 0, 5, 1, 9), None, "a list has no right");
        assert_eq!(moved("ArrowUp", 1, 5, 3, 9), Some(1));
        assert_eq!(moved("PageDown", 1, 100, 2, 10), Some(21));
        assert_eq!(moved("End", 0, 10_000, 1, 10), Some(9_999));
        assert_eq!(moved("Home", 3, 0, 1, 10), None);
        assert_eq!(
            (columns(1_000.0, 280.0, 16.0), columns(100.0, 280.0, 16.0), columns(9.0, 0.0, 0.0)),
            (3, 1, 1)
        );
    }
}
