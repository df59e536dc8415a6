//! What every store must do, sentence by sentence of the port, written once.
//!
//! ```ignore
//! async fn place() -> impl gaggle_testkit::store::conformance::Subject { … }
//! gaggle_testkit::store_conformance!(place);
//! ```

pub mod crash;
pub mod journal;
pub mod list;
pub mod record;
pub mod turns;

use async_trait::async_trait;
use gaggle_core::port::Store;
use std::sync::Arc;

/// A store under test, new and empty, and how to open it again.
#[async_trait]
pub trait Subject: Send {
    /// The store. Tests drop every one of these before they reopen.
    fn store(&self) -> Arc<dyn Store>;

    /// Opens it again, as after the death of its server. One that lives only in memory may stay as it is.
    async fn reopen(&mut self);

    /// Lets so many single writes of the store's own through to where it keeps things, and then no more, as if its
    /// server had died there; [`Subject::reopen`] ends this. False: every operation is one atomic write.
    fn cut_after(&self, writes: usize) -> bool;
}

/// Expands to one `#[tokio::test]` for each test of the suite. The argument is the name of an async function that
/// makes a [`Subject`]. Needs `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! store_conformance {
    ($make:ident) => {
        $crate::store_conformance!(@ $make
            record: instance_is_kept kept_bytes_stay kept_once_in_a_race created_is_loaded an_id_is_created_once names_are_unique_per_user
                a_creation_key_is_used_once creation_keys_are_found replace_needs_the_generation
                replace_keeps_all_of_it one_of_two_racing_writers_wins a_rename_moves_the_name
                a_name_is_taken_once_in_a_race a_tombstone_frees_its_name a_creation_key_may_go
                forget_needs_the_generation forget_frees_everything large_records check_is_good
                dropped_writes_go_on everything_survives_a_reopen,
            list: newest_first only_of_the_user filters tombstones_are_left_out a_thousand_in_pages
                pages_go_on_after_what_is_gone unsettled_follows_the_record unsettled_in_pages living_have_a_record
                records_of_all_users_in_pages,
            journal: append_then_read append_twice another_batch_under_a_seq projects_are_apart whole_batches_up_to_size
                entries_are_cut_off end_of_a_journal compact_replaces compact_can_grow compact_never_goes_back left_overs_are_skipped
                left_overs_are_skipped_from_within trim_drops_what_is_below trim_keeps_the_cursor large_batches
                a_seal_ends_what_others_wrote,
            turns: put_then_read turns_in_both_orders turns_of_a_session erase_a_session erase_everything large_turns,
            crash: compact_cut_anywhere trim_cut_anywhere erase_cut_anywhere record_writes_cut_anywhere
        );
    };
    (@ $make:ident $($area:ident: $($test:ident)*),* $(,)?) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                let mut subject = $make().await;
                $crate::store::conformance::$area::$test(&mut subject).await;
            }
        )*)*
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[async_trait]
    impl Subject for MemoryStore {
        fn store(&self) -> Arc<dyn Store> {
            Arc::new(self.clone())
        }

        async fn reopen(&mut self) {
            self.revive();
        }

        fn cut_after(&self, writes: usize) -> bool {
            Self::cut_after(self, writes);
            true
        }
    }

    async fn memory() -> MemoryStore {
        MemoryStore::new()
    }

    crate::store_conformance!(memory);

    #[test]
    fn every_test_of_the_suite_is_listed() {
        let list = include_str!("conformance.rs");
        let sources = [
            include_str!("conformance/crash.rs"),
            include_str!("conformance/journal.rs"),
            include_str!("conformance/list.rs"),
            include_str!("conformance/record.rs"),
            include_str!("conformance/turns.rs"),
        ];
        for line in sources.iter().flat_map(|source| source.lines()) {
            let Some(rest) = line.strip_prefix("pub async fn ") else { continue };
            let name = rest.split('(').next().unwrap();
            let listed = list.split_whitespace().any(|word| word.trim_end_matches(',') == name);
            assert!(listed, "{name} is not in the list of store_conformance!");
        }
    }
}
