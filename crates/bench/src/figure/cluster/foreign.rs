//! Agents in an image that knows nothing of us.

use super::{gone, post};
use crate::cluster::Cluster;
use crate::parts::Parts;
use crate::result::Figure;
use anyhow::Result;

/// In an image that knows nothing of us: an init container puts the relay into it.
pub(super) async fn measure(parts: &Parts, cluster: &Cluster, figure: &mut Figure) -> Result<()> {
    let world = cluster.world(parts).await?;
    let project = world.project("foreign").await?;
    let mut took = Vec::new();
    for _ in 0..=parts.times(10, 4) {
        took.push(post(&world, &project, "activate").await?);
        post(&world, &project, "deactivate").await?;
    }
    // The first one makes the volume.
    figure.plain("activate in a foreign image", None, "ms", took.split_off(1));
    gone(&world, &project).await?;
    world.close().await
}
