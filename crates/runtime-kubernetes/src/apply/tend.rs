//! What people change at an active project's objects is put right; its pod is not touched.

use super::{Applier, Place, all, subject};
use crate::{client::Fault, objects};
use futures_util::future::join_all;
use gaggle_core::port::Placement;

impl Applier {
    /// The user's walls, one pod and no more, the Service and the Ingress. The Deployment's template stays: that
    /// would be another pod.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn tend(&self, placement: &Placement, place: &Place) -> Result<(), Fault> {
        let walls = self.user(&placement.user);
        let fewer = self.scale(place, 1);
        let others = objects::outward_objects(&self.config, subject(placement));
        // A former prefix's are healed at the next activation, which makes them where they belong.
        let here = others.iter().filter(|object| object.namespace == place.namespace);
        let others = async { all(join_all(here.map(|object| self.look_at(object))).await) };
        let (fewer, walls, others) = tokio::join!(fewer, walls, others);
        fewer.and(walls).and(others)
    }
}
