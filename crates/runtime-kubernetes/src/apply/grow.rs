//! A volume that shall be larger than it is.

use super::{Applier, write::Live};
use crate::{
    client::Fault,
    objects::{Rendered, grown, resized, size},
};
use gaggle_core::port::Cause;
use gaggle_shared::Code;
use serde_json::Value;

impl Applier {
    /// Writes a claim of ours unless it is right. Where the cluster does not let it grow it stays as it is, and the
    /// project works with that: it is said, and tried again at the next activation.
    pub(super) async fn correct_claim(&self, object: &Rendered, live: &Live) -> Result<(), Fault> {
        let wanted = grown(object, &live.body);
        let (is, wished) = (size(&live.body), size(&wanted.body));
        self.known.remarked(&object.namespace, &object.name);
        if is != wished && unused(&live.body) {
            // Nothing is in it; and a claim without a volume cannot be changed.
            let going = self.delete_as_seen(object.kind, &object.namespace, &object.name, live).await?;
            self.gone(&object.namespace, &going).await?;
            return Box::pin(self.make(object)).await;
        }
        match self.write(&wanted, live, wanted.holds(&live.body)).await {
            Err(Fault::Cause(cause)) if is != wished && refuses(&cause) => {
                let (is, wished) = (is.unwrap_or_default(), wished.unwrap_or_default());
                let why = cause.detail.as_deref().unwrap_or(&cause.message);
                let said = format!(
                    "its volume stays at {is}, for the cluster does not let it grow to {wished}: {why}"
                );
                tracing::warn!(namespace = object.namespace, claim = object.name, said);
                self.known.remark(&object.namespace, &object.name, said);
                let kept = resized(&wanted, is);
                self.write(&kept, live, kept.holds(&live.body)).await
            }
            done => done,
        }
    }
}

/// Whether nothing can be in it: it has no volume, none is being made for it, and none is to be filled from elsewhere.
fn unused(claim: &Value) -> bool {
    let spec = &claim["spec"];
    let named = spec["volumeName"].as_str().is_some_and(|name| !name.is_empty());
    let filled = ["dataSource", "dataSourceRef"].iter().any(|source| !spec[*source].is_null());
    let chosen = !claim["metadata"]["annotations"]["volume.kubernetes.io/selected-node"].is_null();
    claim["status"]["phase"] == "Pending" && !named && !filled && !chosen
}

/// Whether it is the size that the cluster does not take: a right that Gaggle lacks is something else.
fn refuses(cause: &Cause) -> bool {
    let rights = cause.detail.as_deref().is_some_and(|said| said.contains("cannot patch"));
    let codes = [Code::ForbiddenByCluster, Code::VolumeFailed, Code::QuotaExceeded];
    codes.contains(&cause.code) && !cause.passing && !rights
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_size_is_refused_for_is_told_from_a_right_that_is_missing() {
        let said = |code, detail: &str| refuses(&Cause::new(code, "refused").detail(detail));
        assert!(said(Code::ForbiddenByCluster, "only dynamically provisioned pvc can be resized"));
        assert!(said(Code::VolumeFailed, "spec: Forbidden: spec is immutable"));
        assert!(!said(
            Code::ForbiddenByCluster,
            r#"User "gaggle" cannot patch resource "persistentvolumeclaims""#
        ));
        assert!(!said(Code::ClusterUnreachable, "no route"));
    }

    #[test]
    fn only_what_never_had_and_gets_no_content_is_unused() {
        let pending = json!({"phase": "Pending"});
        assert!(unused(&json!({"spec": {}, "status": pending})));
        assert!(!unused(&json!({"spec": {"volumeName": "pv1"}, "status": pending})));
        assert!(!unused(&json!({"spec": {}, "status": {"phase": "Bound"}})));
        assert!(!unused(&json!({"spec": {}})), "it is not said");
        let source = json!({"kind": "VolumeSnapshot", "name": "kept"});
        assert!(!unused(&json!({"spec": {"dataSource": source}, "status": pending})));
        assert!(!unused(&json!({"spec": {"dataSourceRef": source}, "status": pending})));
        let chosen = json!({"annotations": {"volume.kubernetes.io/selected-node": "node1"}});
        assert!(!unused(&json!({"metadata": chosen, "spec": {}, "status": pending})));
    }
}
