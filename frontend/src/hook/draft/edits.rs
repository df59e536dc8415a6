//! What is written in the place of a message, kept while that is not drawn.

use leptos::prelude::*;

/// Words by the id of what they stand in for; copies are the same ones.
#[derive(Clone, Copy)]
pub(crate) struct Edits(StoredValue<Vec<(String, String)>>);

impl Edits {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(Vec::new()))
    }

    /// The words in the place of this, if somebody writes there.
    pub(crate) fn of(self, id: &str) -> Option<String> {
        self.0.with_value(|all| all.iter().find(|(of, _)| of == id).map(|(_, words)| words.clone()))
    }

    /// Keeps the words as they are now.
    pub(crate) fn keep(self, id: &str, words: &str) {
        self.forget(id);
        self.0.update_value(|all| all.push((id.to_owned(), words.to_owned())));
    }

    /// Nobody writes there any more. The page may be gone by then.
    pub(crate) fn forget(self, id: &str) {
        let _ = self.0.try_update_value(|all| all.retain(|(of, _)| of != id));
    }

    /// Gives away those whose ids are so.
    pub(crate) fn take(self, so: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let mut taken = Vec::new();
        self.0.update_value(|all| {
            let so = |one: &(String, String)| so(&one.0);
            taken = all.iter().filter(|one| so(one)).cloned().collect();
            all.retain(|one| !so(one));
        });
        taken
    }
}
