//! Counters for `/metrics`.

use axum::http::Method;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{fmt, time::Duration};

/// Upper bounds in seconds: a read is at the low end, a turn that was waited for at the high one.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 600.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labelled {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: String,
}

/// What is counted. Routes are templates, so that no id becomes a label.
pub struct Metrics {
    registry: Registry,
    answers: Family<Answer, Counter>,
    seconds: Family<Route, Histogram>,
    readers: Gauge,
    connections: Gauge,
    projects: Family<Labelled, Gauge>,
    turns: Family<Labelled, Gauge>,
    orphans: Family<Kind, Gauge>,
    found: Family<Kind, Counter>,
    removed: Family<Kind, Counter>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("gaggle"),
            answers: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            readers: Gauge::default(),
            connections: Gauge::default(),
            projects: Family::default(),
            turns: Family::default(),
            orphans: Family::default(),
            found: Family::default(),
            removed: Family::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("http_requests", "Answered requests", self.answers.clone());
        registry.register("http_request_seconds", "Time to the head of the answer", self.seconds.clone());
        registry.register("event_readers", "Open event streams", self.readers.clone());
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register("projects", "Loaded projects by phase", self.projects.clone());
        registry.register("turns", "Turns that run or wait", self.turns.clone());
        registry.register("orphans", "What no record knows, at the last look", self.orphans.clone());
        registry.register("orphans_found", "What no record knew, ever found", self.found.clone());
        registry.register("orphans_removed", "What no record knew, removed", self.removed.clone());
        self
    }

    /// A request was answered.
    pub fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.as_str().to_owned(), route.to_owned());
        self.answers.get_or_create(&Answer { method: method.clone(), route: route.clone(), status }).inc();
        self.seconds.get_or_create(&Route { method, route }).observe(took.as_secs_f64());
    }

    /// Counts an event stream until the guard is dropped.
    pub fn reader(&self) -> Counted {
        Counted::new(&self.readers)
    }

    /// Counts a connection until the guard is dropped.
    pub fn connection(&self) -> Counted {
        Counted::new(&self.connections)
    }

    /// Prometheus text.
    pub fn text(&self, gaggle: &gaggle_core::service::Gaggle) -> String {
        let (phases, running, waiting) = gaggle.gauges();
        self.projects.clear();
        for (phase, count) in phases {
            self.projects.get_or_create(&Labelled { state: phase.as_str() }).set(whole(count));
        }
        for (state, count) in [("running", running), ("queued", waiting)] {
            self.turns.get_or_create(&Labelled { state }).set(whole(count));
        }
        for (kind, count) in gaggle.orphan_counts() {
            let kind = Kind { kind };
            self.orphans.get_or_create(&kind).set(i64::try_from(count.now).unwrap_or(i64::MAX));
            raise(&self.found, &kind, count.found);
            raise(&self.removed, &kind, count.removed);
        }
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            tracing::error!("the metrics cannot be written");
        }
        text
    }
}

/// A counter follows one that is kept elsewhere.
fn raise(family: &Family<Kind, Counter>, kind: &Kind, to: u64) {
    let counter = family.get_or_create(kind);
    counter.inc_by(to.saturating_sub(counter.get()));
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// One that counts while it lives.
#[derive(Debug)]
pub struct Counted(Gauge);

impl Counted {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
