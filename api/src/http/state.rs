use super::guard::{Agents, Door, Rate};
use super::metrics::Metrics;
use crate::doctor::Doctor;
use gaggle_core::service::Gaggle;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How much of a request is taken in.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long a call that only reads may take.
    pub read_time: Duration,
    /// Writes a second and address; 0: no limit.
    pub writes: u32,
    /// Pause between two heartbeats of an event stream.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            body_time: Duration::from_secs(30),
            read_time: Duration::from_secs(5),
            writes: 0,
            heartbeat: Duration::from_secs(15),
        }
    }
}

/// What every handler gets. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The core.
    pub gaggle: Gaggle,
    /// Limits of a request.
    pub limits: Arc<Limits>,
    /// Which Host and Origin are ours.
    pub door: Arc<Door>,
    /// Who is turned away whatever they ask for.
    pub agents: Agents,
    /// How many writes each address has sent.
    pub rate: Arc<Rate>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// What looks at the server itself.
    pub doctor: Arc<Doctor>,
    /// The ACP clients that are connected.
    pub acp: crate::acp::Places,
    /// Cancelled when the server goes down: event streams end.
    pub closing: CancellationToken,
}

impl App {
    /// An app over this core, behind this door.
    pub fn new(gaggle: Gaggle, door: Door, limits: Limits) -> Self {
        Self {
            gaggle,
            rate: Arc::new(Rate::new(limits.writes)),
            limits: Arc::new(limits),
            door: Arc::new(door),
            agents: Agents::default(),
            metrics: Arc::new(Metrics::new()),
            doctor: Arc::new(Doctor::default()),
            acp: crate::acp::Places::default(),
            closing: CancellationToken::new(),
        }
    }
}
