//! Which of very many messages are drawn, and where the reader stands among them.
//!
//! Rows that were drawn once have a measured height, others a guess. Nothing here touches a page: heights go in,
//! indices and distances come out. Rows have keys, because pages come above what is read.

use std::{collections::HashMap, hash::Hash, ops::Range};

/// The height of a row that was never drawn, in pixels.
const GUESS: f64 = 140.0;

/// Rows by their keys, in order.
#[derive(Debug, Clone)]
pub struct Window<K> {
    keys: Vec<K>,
    heights: Vec<f64>,
    measured: HashMap<K, f64>,
}

/// Where a reader stands: this far below the top of this row.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor<K> {
    /// The row at the top of what is seen.
    pub key: K,
    /// How much of it is above.
    pub into: f64,
}

impl<K> Default for Window<K> {
    fn default() -> Self {
        Self { keys: Vec::new(), heights: Vec::new(), measured: HashMap::new() }
    }
}

impl<K: Clone + Eq + Hash> Window<K> {
    /// Takes the rows as they are now; what was measured stays known.
    pub fn set(&mut self, keys: Vec<K>) {
        self.heights = keys.iter().map(|key| self.measured.get(key).copied().unwrap_or(GUESS)).collect();
        self.keys = keys;
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys of some rows.
    pub fn keys(&self, range: Range<usize>) -> &[K] {
        self.keys.get(range.start..range.end.min(self.keys.len())).unwrap_or_default()
    }

    /// Where these rows stand, if they still stand together.
    pub fn index_of(&self, keys: &[K]) -> Option<usize> {
        let index = self.keys.iter().position(|key| Some(key) == keys.first())?;
        self.keys[index..].starts_with(keys).then_some(index)
    }

    /// The row of this index was drawn this high.
    pub fn measure(&mut self, index: usize, height: f64) {
        if let Some(known) = self.heights.get_mut(index) {
            *known = height;
            self.measured.insert(self.keys[index].clone(), height);
        }
    }

    /// The distance from the first row's top to this one's.
    pub fn offset(&self, index: usize) -> f64 {
        self.heights[..index.min(self.heights.len())].iter().sum()
    }

    /// The height of the rows from this one to the end.
    pub fn rest(&self, index: usize) -> f64 {
        self.heights[index.min(self.heights.len())..].iter().sum()
    }

    /// The rows that touch the stretch from `top` to `bottom`; beyond the end, the last one.
    pub fn range(&self, top: f64, bottom: f64) -> Range<usize> {
        let last = self.heights.len().saturating_sub(1);
        let (mut y, mut first, mut end) = (0.0, None, 0);
        for (index, height) in self.heights.iter().enumerate() {
            if y >= bottom {
                break;
            }
            y += height;
            if y > top {
                first.get_or_insert(index);
                end = index + 1;
            }
        }
        let first = first.unwrap_or(last);
        first..end.max(first + 1).min(self.heights.len())
    }

    /// Where a reader stands who has scrolled this far.
    pub fn anchor(&self, top: f64) -> Option<Anchor<K>> {
        let mut y = 0.0;
        for (index, (key, height)) in self.keys.iter().zip(&self.heights).enumerate() {
            if y + height > top || index + 1 == self.keys.len() {
                return Some(Anchor { key: key.clone(), into: top - y });
            }
            y += height;
        }
        None
    }

    /// Where a reader who stands there goes when the rows become these: nowhere while theirs is among them, else to the
    /// nearest that is, and to the first if none is.
    pub fn moved(&self, anchor: Anchor<K>, keys: &[K]) -> Option<Anchor<K>> {
        if keys.contains(&anchor.key) {
            return Some(anchor);
        }
        let at = self.keys.iter().position(|key| *key == anchor.key).unwrap_or_default();
        let (above, below) = self.keys.split_at(at);
        let near = below.iter().chain(above.iter().rev()).find(|key| keys.contains(key));
        Some(Anchor { key: near.or(keys.first())?.clone(), into: 0.0 })
    }

    /// How far a reader who stands there has scrolled; none if the row is gone.
    pub fn top_of(&self, anchor: &Anchor<K>) -> Option<f64> {
        let index = self.keys.iter().position(|key| *key == anchor.key)?;
        Some(self.offset(index) + anchor.into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(count: u32) -> Window<u32> {
        let mut window = Window::default();
        window.set((0..count).collect());
        window
    }

    #[test]
    fn only_what_touches_the_view_is_drawn() {
        let mut window = window(10_000);
        assert_eq!(window.range(0.0, 600.0), 0..5);
        assert_eq!(window.range(140.0, 280.0), 1..2);
        let end = window.offset(10_000);
        assert_eq!(window.range(end - 100.0, end + 500.0), 9_999..10_000);
        assert_eq!(window.range(end + 5_000.0, end + 6_000.0), 9_999..10_000);
        window.measure(0, 1_000.0);
        assert_eq!(window.range(0.0, 600.0), 0..1);
        assert_eq!(Window::<u32>::default().range(0.0, 600.0), 0..0);
    }

    #[test]
    fn above_drawn_and_below_add_up_to_the_whole() {
        let mut window = window(50);
        let height = |row: usize| 20.0 + row as f64 * 3.0;
        (0..50).for_each(|row| window.measure(row, height(row)));
        let whole = window.offset(50);
        for range in [0..7, 12..20, 40..50] {
            let drawn: f64 = range.clone().map(height).sum();
            assert_eq!(window.offset(range.start) + drawn + window.rest(range.end), whole);
        }
    }

    #[test]
    fn a_reader_stays_where_they_are_when_rows_come_above_or_change_their_height() {
        let mut window = window(100);
        let before = window.anchor(1_000.0).unwrap();
        assert_eq!(before, Anchor { key: 7, into: 20.0 });
        window.measure(3, 500.0);
        assert_eq!(window.top_of(&before), Some(1_360.0));
        window.set((1_000..1_050).chain(0..100).collect());
        assert_eq!(window.top_of(&before), Some(1_360.0 + 50.0 * GUESS));
        assert_eq!(window.top_of(&Anchor { key: 77_777, into: 0.0 }), None);
    }

    #[test]
    fn a_reader_whose_row_goes_is_led_to_the_nearest_that_stays() {
        let window = window(10);
        let anchor = |key| Anchor { key, into: 33.0 };
        let moved = |key, keys: &[u32]| window.moved(anchor(key), keys).map(|found| (found.key, found.into));
        assert_eq!(moved(4, &[0, 1, 4, 9]), Some((4, 33.0)));
        assert_eq!(moved(4, &[0, 1, 6, 9]), Some((6, 0.0)));
        assert_eq!(moved(4, &[0, 1, 2]), Some((2, 0.0)));
        assert_eq!(moved(4, &[70, 71]), Some((70, 0.0)));
        assert_eq!(moved(4, &[]), None);
    }

    #[test]
    fn what_was_measured_stays_known_over_a_change_of_rows() {
        let mut window = window(3);
        window.measure(1, 77.0);
        window.set(vec![9, 0, 1, 2]);
        assert_eq!(window.offset(3) - window.offset(2), 77.0);
        assert_eq!(window.keys(2..9), [1, 2]);
        assert_eq!(window.index_of(&[0, 1]), Some(1));
        assert_eq!((window.index_of(&[0, 2]), window.index_of(&[])), (None, None));
    }
}
