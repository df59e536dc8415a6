//! What a run measured: all that the document is made of.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One run of the benchmarks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run {
    /// Where and when.
    pub(crate) setting: Setting,
    /// In the order of the document.
    pub(crate) figures: Vec<Figure>,
}

/// What the figures depend on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Setting {
    /// RFC 3339, of the start.
    pub(crate) began: String,
    /// The commit that was measured; with `+` if the checkout differed from it.
    pub(crate) commit: String,
    /// What was typed.
    pub(crate) command: String,
    /// Processors of this machine.
    pub(crate) cpus: usize,
    /// Its processor, kernel and Goose.
    pub(crate) machine: String,
    /// Fewer repetitions: not for the document.
    pub(crate) quick: bool,
    /// Whole run, in seconds.
    pub(crate) seconds: f64,
}

/// One thing that was measured.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figure {
    /// As on the command line.
    pub(crate) name: String,
    /// One line.
    pub(crate) title: String,
    /// How it was measured: a paragraph.
    pub(crate) how: String,
    /// Lines of the table.
    pub(crate) rows: Vec<Row>,
    /// Mean load of the machine over a minute: before and after.
    pub(crate) load: [f64; 2],
    /// Why it could not be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<String>,
    /// Every single sample, in milliseconds unless its name says otherwise; left out of the committed copy.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) samples: BTreeMap<String, Vec<f64>>,
}

/// A line of the table.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// What it is.
    pub(crate) what: String,
    /// At most this, or nothing was promised.
    pub(crate) goal: Option<f64>,
    /// The measured values.
    pub(crate) data: Data,
}

/// Measured values, and what is made of them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub(crate) enum Data {
    /// Pairs of one round each, ours first: the median of their ratios.
    Ratio {
        /// Of the values.
        unit: String,
        /// Ours and the baseline's.
        pairs: Vec<[f64; 2]>,
    },
    /// Pairs of one round each, ours first: the median of their differences.
    Extra {
        /// Of the values.
        unit: String,
        /// Ours and the baseline's.
        pairs: Vec<[f64; 2]>,
    },
    /// Values without a baseline: their median.
    Plain {
        /// Of the values.
        unit: String,
        /// One a repetition.
        values: Vec<f64>,
    },
    /// Something that was counted.
    Count {
        /// How often.
        count: u64,
        /// Of so many.
        of: u64,
    },
}

impl Figure {
    /// One without lines yet.
    pub(crate) fn new(name: &str, title: &str, how: &str) -> Self {
        let (name, title, how) = (name.to_owned(), title.to_owned(), how.to_owned());
        Self { name, title, how, rows: Vec::new(), load: [0.0; 2], failed: None, samples: BTreeMap::new() }
    }

    /// Adds a line.
    pub(crate) fn row(&mut self, what: &str, goal: Option<f64>, data: Data) {
        self.rows.push(Row { what: what.to_owned(), goal, data });
    }

    /// Adds pairs whose ratio counts.
    pub(crate) fn ratio(&mut self, what: &str, goal: Option<f64>, unit: &str, pairs: Vec<[f64; 2]>) {
        self.row(what, goal, Data::Ratio { unit: unit.to_owned(), pairs });
    }

    /// Adds pairs whose difference counts.
    pub(crate) fn extra(&mut self, what: &str, goal: Option<f64>, unit: &str, pairs: Vec<[f64; 2]>) {
        self.row(what, goal, Data::Extra { unit: unit.to_owned(), pairs });
    }

    /// Adds values without a baseline.
    pub(crate) fn plain(&mut self, what: &str, goal: Option<f64>, unit: &str, values: Vec<f64>) {
        self.row(what, goal, Data::Plain { unit: unit.to_owned(), values });
    }

    /// Adds a count.
    pub(crate) fn count(&mut self, what: &str, goal: Option<f64>, count: usize, of: usize) {
        self.row(what, goal, Data::Count { count: count as u64, of: of as u64 });
    }

    /// Keeps single samples, to a thousandth.
    pub(crate) fn keep(&mut self, name: &str, samples: impl IntoIterator<Item = f64>) {
        let rounded = samples.into_iter().map(|value| (value * 1000.0).round() / 1000.0);
        self.samples.entry(name.to_owned()).or_default().extend(rounded);
    }
}
