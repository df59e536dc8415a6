//! The labels and annotations by which our objects are known: the only place that spells them.
//!
//! The prefix has no domain: nobody owns it, so that it can be mistaken for nobody's.

use gaggle_shared::{InstanceId, ProjectId, UserId};
use std::collections::BTreeMap;

/// The seed's label of a pod: the Deployment's name.
pub const APP: &str = "app";
/// What it is: always [`NAME_VALUE`].
pub const NAME: &str = "app.kubernetes.io/name";
/// Which one: the Deployment's name.
pub const APP_INSTANCE: &str = "app.kubernetes.io/instance";
/// Which part of it: [`COMPONENT_VALUE`].
pub const COMPONENT: &str = "app.kubernetes.io/component";
/// What it belongs to: [`PART_OF_VALUE`].
pub const PART_OF: &str = "app.kubernetes.io/part-of";
/// Who keeps it: [`MANAGED_BY_VALUE`].
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Which Gaggle's it is. What does not carry our instance here is never touched.
pub const INSTANCE: &str = "gaggle/instance";
/// The owner.
pub const USER: &str = "gaggle/user";
/// The project; objects of a user have none.
pub const PROJECT: &str = "gaggle/project";

/// Value of [`NAME`].
pub const NAME_VALUE: &str = "gaggle-agent";
/// Value of [`COMPONENT`].
pub const COMPONENT_VALUE: &str = "agent";
/// Value of [`PART_OF`].
pub const PART_OF_VALUE: &str = "gaggle";
/// Value of [`MANAGED_BY`], and the field manager of server-side apply.
pub const MANAGED_BY_VALUE: &str = "gaggle";

/// Annotation: hash of what was rendered.
pub const HASH: &str = "gaggle/hash";
/// Annotation of the pod template: hash of the launch Secret, so that a new launch is a new pod.
pub const LAUNCH: &str = "gaggle/launch";
/// Annotation of the Deployment: hash of the pod template without [`LAUNCH`], by which drift is seen.
pub const TEMPLATE: &str = "gaggle/template";

/// Annotation of a volume that no record knows: since when it has been reported, and when that was last so.
pub const ORPHAN: &str = "gaggle/orphan";

/// The labels of a user's objects.
pub fn of_user(instance: &InstanceId, user: &UserId) -> BTreeMap<String, String> {
    let pairs = [
        (PART_OF, PART_OF_VALUE),
        (MANAGED_BY, MANAGED_BY_VALUE),
        (INSTANCE, instance.as_str()),
        (USER, user.as_str()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The labels of a project's objects and pods.
pub fn of_project(
    instance: &InstanceId,
    user: &UserId,
    project: &ProjectId,
    deployment: &str,
) -> BTreeMap<String, String> {
    let mut labels = of_user(instance, user);
    let pairs = [
        (APP, deployment),
        (NAME, NAME_VALUE),
        (APP_INSTANCE, deployment),
        (COMPONENT, COMPONENT_VALUE),
        (PROJECT, project.as_str()),
    ];
    labels.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    labels
}

/// The label selector of all that our instance keeps.
pub fn selector(instance: &InstanceId) -> String {
    format!("{MANAGED_BY}={MANAGED_BY_VALUE},{INSTANCE}={instance}")
}

/// The label selector of a project's objects.
pub fn project_selector(instance: &InstanceId, project: &ProjectId) -> String {
    format!("{},{PROJECT}={project}", selector(instance))
}
