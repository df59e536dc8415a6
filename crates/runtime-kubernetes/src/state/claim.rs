use super::{Kind, Project, Table};
use k8s_openapi::api::core::v1::PersistentVolumeClaim;

/// A volume's claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimView {
    /// How far it is.
    pub phase: ClaimPhase,
    /// Its StorageClass, if it names one.
    pub class: Option<Box<str>>,
    /// It is to be held by one pod alone, which not every storage can do.
    pub alone: bool,
}

/// How far a claim is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimPhase {
    /// No volume yet; with `WaitForFirstConsumer` that is so until a pod has a node.
    Pending,
    /// It has its volume.
    Bound,
    /// Its volume is gone.
    Lost,
}

impl Kind for PersistentVolumeClaim {
    type View = ClaimView;
    const RESOURCE: &'static str = "persistentvolumeclaims";

    fn view(self) -> Option<ClaimView> {
        let phase = match self.status.and_then(|status| status.phase).as_deref() {
            Some("Bound") => ClaimPhase::Bound,
            Some("Lost") => ClaimPhase::Lost,
            _ => ClaimPhase::Pending,
        };
        let spec = self.spec.unwrap_or_default();
        let class = spec.storage_class_name.map(Into::into);
        let alone =
            spec.access_modes.is_some_and(|modes| modes.iter().any(|mode| mode == "ReadWriteOncePod"));
        Some(ClaimView { phase, class, alone })
    }

    fn table(project: &mut Project) -> &mut Table<ClaimView> {
        &mut project.claims
    }
}
