use gaggle_relay_protocol::{Probe, Probed};
use gaggle_shared::ProjectId;
use std::fmt;

/// Hears what came of it.
type Told = Box<dyn Fn(&ProjectId, Probed) + Send + Sync>;

/// What relays are asked to try, and who hears of it.
pub(super) struct Probing {
    pub(super) asked: Probe,
    told: Told,
}

impl Probing {
    pub(super) fn new(asked: Probe, told: impl Fn(&ProjectId, Probed) + Send + Sync + 'static) -> Self {
        Self { asked, told: Box::new(told) }
    }

    /// This project's relay has tried.
    pub(super) fn tell(&self, project: &ProjectId, probed: Probed) {
        (self.told)(project, probed);
    }
}

impl fmt::Debug for Probing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Probing").field(&self.asked).finish()
    }
}
