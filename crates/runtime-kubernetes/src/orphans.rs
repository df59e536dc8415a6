//! What is ours in the cluster, whether a record knows it or not.

mod mark;

pub(crate) use mark::Mark;

use crate::{
    apply::{Applier, FOUND_BY},
    client::Fault,
    labels,
    objects::Kind,
    watch::Hub,
};
use gaggle_shared::ProjectId;
use kube::core::ObjectMeta;
use std::collections::BTreeSet;

/// Every project of our instance that has anything in the cluster. While all watches live they know it, within
/// the seconds that this is asked again, all but Ingresses, which are not watched; else by live reads. Whatever is done
/// about an orphan reads live again.
pub(crate) async fn owned(hub: &Hub, applier: &Applier) -> Result<Vec<ProjectId>, Fault> {
    let (mut owned, kinds) = match hub.whole() {
        true => (BTreeSet::from_iter(hub.ids()), [Kind::Ingress].as_slice()),
        false => (BTreeSet::new(), FOUND_BY.as_slice()),
    };
    let instance = &applier.config().instance;
    for kind in kinds {
        let id = |meta: &ObjectMeta| {
            let id = meta.labels.as_ref()?.get(labels::PROJECT)?;
            applier.is_ours(meta).then(|| ProjectId::parse(id).ok()).flatten()
        };
        applier.visit(*kind, &labels::selector(instance), |meta| owned.extend(id(&meta))).await?;
    }
    Ok(owned.into_iter().collect())
}
