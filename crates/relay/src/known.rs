//! The commands that were taken already, the newest few thousand.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// How many ids are remembered; a server repeats only those it has no `done` for, a handful.
const KEEP: usize = 4096;

/// Ids of commands.
#[derive(Debug, Default)]
pub(crate) struct Known {
    ids: HashSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
}

impl Known {
    /// True if this command was taken before.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Remembers a command, and forgets the oldest beyond the limit.
    pub(crate) fn insert(&mut self, id: &str) {
        let id: Arc<str> = id.into();
        if self.ids.insert(id.clone()) {
            self.order.push_back(id);
        }
        if self.order.len() > KEEP
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_the_newest_stay() {
        let mut known = Known::default();
        for i in 0..KEEP + 10 {
            known.insert(&format!("c{i}"));
            known.insert(&format!("c{i}"));
        }
        assert_eq!(known.ids.len(), KEEP);
        assert!(!known.contains("c9") && known.contains("c10"));
    }
}
