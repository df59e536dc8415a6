use super::{Kind, Rendered, user_meta};
use crate::{config::KubernetesConfig, names::UserNames};
use gaggle_shared::UserId;
use k8s_openapi::{
    api::core::v1::{ResourceQuota, ResourceQuotaSpec},
    apimachinery::pkg::api::resource::Quantity,
};

/// What the user's namespace may hold at once.
pub fn quota(config: &KubernetesConfig, user: &UserId) -> Rendered {
    let limits = &config.limits;
    let projects = limits.projects.to_string();
    let counts = [
        ("pods", limits.pods.to_string()),
        ("count/deployments.apps", projects.clone()),
        ("persistentvolumeclaims", projects.clone()),
        ("services", projects),
    ];
    let sizes = [
        ("limits.cpu", &limits.cpu),
        ("limits.memory", &limits.memory),
        ("requests.storage", &limits.storage),
    ];
    let sizes = sizes.into_iter().filter_map(|(name, size)| Some((name, size.as_ref()?.to_string())));
    let hard = counts.into_iter().chain(sizes).map(|(name, value)| (name.to_owned(), Quantity(value)));
    let spec = ResourceQuotaSpec { hard: Some(hard.collect()), ..ResourceQuotaSpec::default() };
    let metadata = user_meta(config, user, UserNames::QUOTA);
    Rendered::new(
        Kind::ResourceQuota,
        &ResourceQuota { metadata, spec: Some(spec), ..ResourceQuota::default() },
    )
}
