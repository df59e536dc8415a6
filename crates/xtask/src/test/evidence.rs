//! Which tests passed in this run, by name, for the table of tests.

use super::Tier;
use std::collections::BTreeSet;

/// Names of passed tests, and whether every tier that has tests is part of this run.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// `crate::module::test`, `crate::file::test` for integration tests, `e2e › title` for the browser's.
    pub(crate) passed: BTreeSet<String>,
    /// Otherwise the table can only ask whether the tests it names exist.
    pub(crate) complete: bool,
}

impl Evidence {
    /// For a run of these tiers.
    pub(crate) fn of(tiers: &[Tier]) -> Self {
        let needed = [Tier::Unit, Tier::Goose, Tier::Mongodb, Tier::Page, Tier::E2e, Tier::Cluster];
        Self { passed: BTreeSet::new(), complete: needed.iter().all(|tier| tiers.contains(tier)) }
    }
}
