//! Which access mode a new volume's claim asks for. Kubernetes tells nowhere which modes a storage serves; what it
//! tells is its version, the class, and whether a CSI driver of the class' provisioner is there. From 1.29 on every such
//! driver takes `ReadWriteOncePod`; what is no CSI driver never does.

use crate::{
    client::{Call, Connection, Fault, Verb},
    config::AccessMode,
};
use gaggle_core::port::Cause;
use gaggle_shared::Code;
use k8s_openapi::{
    api::storage::v1::{CSIDriver, StorageClass},
    apimachinery::pkg::version::Info,
};
use kube::{
    Api, Resource, ResourceExt as _,
    api::ListParams,
    core::{ClusterResourceScope, ObjectList},
};
use serde::de::DeserializeOwned;
use std::fmt::{self, Debug};

/// Since when `ReadWriteOncePod` is no trial any more.
const SINCE: (u32, u32) = (1, 29);

/// What marks the class of claims that name none.
pub(crate) const DEFAULTS: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/// So many objects of a kind are looked at.
pub(crate) const MOST: u32 = 200;

/// What new volumes can be held by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// By one pod alone.
    OncePod,
    /// By one node, for this reason.
    Once(Reason),
}

/// Why not by one pod alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// This version is too old.
    Old(String),
    /// No class of that name, or no default.
    NoClass,
    /// The class' provisioner is no CSI driver.
    NoDriver(String),
    /// It cannot be known: these may not be listed.
    MayNotList(&'static str),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = SINCE;
        match self {
            Self::Old(version) => write!(f, "Kubernetes {version} is older than {major}.{minor}"),
            Self::NoClass => write!(f, "no storage class is known"),
            Self::NoDriver(by) => write!(f, "{by} is no CSI driver"),
            Self::MayNotList(resource) => write!(f, "verb list on {resource} is missing"),
        }
    }
}

impl Access {
    /// The mode that a claim asks for where nothing is configured.
    pub(crate) fn mode(&self) -> AccessMode {
        match self {
            Self::OncePod => AccessMode::OncePod,
            Self::Once(_) => AccessMode::Once,
        }
    }
}

/// Asks the API server. `wished`: the class that claims name; none: the cluster's default.
///
/// # Errors
/// [`Fault`], but for a right that is missing: then it is the mode that always works.
pub(crate) async fn access(connection: &Connection, wished: Option<&str>) -> Result<Access, Fault> {
    let call = Call { verb: Verb::Get, resource: "version", namespace: "" };
    let (version, classes, drivers) = tokio::join!(
        connection.call(call, async |client| client.apiserver_version().await),
        list::<StorageClass>(connection, "storageclasses"),
        list::<CSIDriver>(connection, "csidrivers"),
    );
    let version = version?;
    let Some(classes) = allowed(classes)? else {
        return Ok(Access::Once(Reason::MayNotList("storageclasses")));
    };
    let Some(drivers) = allowed(drivers)? else {
        return Ok(Access::Once(Reason::MayNotList("csidrivers")));
    };
    Ok(judge(&version, wished, &classes.items, &drivers.items))
}

fn judge(version: &Info, wished: Option<&str>, classes: &[StorageClass], drivers: &[CSIDriver]) -> Access {
    // Some write `29+`.
    let number = |text: &str| text.trim_end_matches('+').parse().unwrap_or(0);
    if (number(&version.major), number(&version.minor)) < SINCE {
        return Access::Once(Reason::Old(version.git_version.clone()));
    }
    let marked = |class: &&StorageClass| {
        DEFAULTS.iter().any(|name| class.annotations().get(*name).is_some_and(|value| value == "true"))
    };
    let class = match wished {
        Some(wished) => classes.iter().find(|class| class.name_any() == wished),
        // Of several the newest is taken.
        None => classes
            .iter()
            .filter(marked)
            .max_by_key(|class| class.metadata.creation_timestamp.as_ref().map(|time| time.0)),
    };
    let Some(class) = class else { return Access::Once(Reason::NoClass) };
    match drivers.iter().any(|driver| driver.name_any() == class.provisioner) {
        true => Access::OncePod,
        false => Access::Once(Reason::NoDriver(class.provisioner.clone())),
    }
}

/// None: it may not be asked.
fn allowed<T>(answer: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Fault::Cause(Cause { code: Code::ForbiddenByCluster, .. })) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// All objects of a kind that belongs to no namespace, but for those beyond [`MOST`].
pub(crate) async fn list<K>(connection: &Connection, resource: &'static str) -> Result<ObjectList<K>, Fault>
where
    K: Resource<DynamicType = (), Scope = ClusterResourceScope> + Clone + Debug + DeserializeOwned,
{
    let call = Call { verb: Verb::List, resource, namespace: "" };
    let params = ListParams::default().limit(MOST);
    connection.call(call, async |client| Api::<K>::all(client).list(&params).await).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn version(major: &str, minor: &str) -> Info {
        let git_version = format!("v{major}.{minor}");
        Info { major: major.into(), minor: minor.into(), git_version, ..Info::default() }
    }

    fn class(name: &str, by: &str, default: Option<&str>) -> StorageClass {
        let annotations = default.map(|_| json!({DEFAULTS[0]: "true"}));
        let meta = json!({"name": name, "annotations": annotations, "creationTimestamp": default});
        serde_json::from_value(json!({"metadata": meta, "provisioner": by})).unwrap()
    }

    fn drivers() -> Vec<CSIDriver> {
        let driver = json!({"metadata": {"name": "ebs.csi.aws.com"}, "spec": {}});
        vec![serde_json::from_value(driver).unwrap()]
    }

    #[test]
    fn one_pod_alone_holds_a_volume_where_a_csi_driver_provides_it() {
        let (old, new) = (Some("2024-01-01T00:00:00Z"), Some("2025-01-01T00:00:00Z"));
        let classes = [
            class("local-path", "rancher.io/local-path", old),
            class("gp3", "ebs.csi.aws.com", new),
            class("gp2", "kubernetes.io/aws-ebs", None),
        ];
        let judged = |minor, wished| judge(&version("1", minor), wished, &classes, &drivers());
        for new_enough in ["29", "29+", "34"] {
            assert_eq!(judged(new_enough, Some("gp3")), Access::OncePod, "{new_enough}");
        }
        assert_eq!(judge(&version("2", "0"), Some("gp3"), &classes, &drivers()), Access::OncePod);
        assert_eq!(judged("34", None), Access::OncePod, "the newest default");
        assert_eq!(judged("28+", Some("gp3")), Access::Once(Reason::Old("v1.28+".into())));
        assert_eq!(judged("", Some("gp3")), Access::Once(Reason::Old("v1.".into())), "not known is not new");
        assert_eq!(judged("34", Some("none")), Access::Once(Reason::NoClass));
        for (wished, by) in [("local-path", "rancher.io/local-path"), ("gp2", "kubernetes.io/aws-ebs")] {
            assert_eq!(judged("34", Some(wished)), Access::Once(Reason::NoDriver(by.into())));
        }
        assert_eq!(
            judge(&version("1", "34"), None, &classes[..1], &drivers()),
            Access::Once(Reason::NoDriver("rancher.io/local-path".into()))
        );
        assert_eq!(
            judge(&version("1", "34"), None, &classes[2..], &drivers()),
            Access::Once(Reason::NoClass)
        );
    }

    #[test]
    fn what_may_not_be_asked_is_no_fault_and_all_else_is() {
        let fault = |code| Err::<(), _>(Fault::Cause(Cause::new(code, "no")));
        assert_eq!(allowed(fault(Code::ForbiddenByCluster)), Ok(None));
        assert_eq!(allowed(fault(Code::ClusterUnreachable)), fault(Code::ClusterUnreachable).map(Some));
    }
}
