use super::{list, unknown};
use crate::client::Connection;
use gaggle_shared::Finding;
use k8s_openapi::api::{networking::v1::IngressClass, storage::v1::StorageClass};
use kube::ResourceExt;

pub(super) const STORAGE: &str = "storage";
pub(super) const INGRESS: &str = "ingress";

/// What marks the one that is taken where none is named.
const DEFAULTS: [&str; 3] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
    "ingressclass.kubernetes.io/is-default-class",
];

/// A class that could be taken.
#[derive(Debug, PartialEq)]
struct Class {
    name: String,
    /// Who serves it.
    by: String,
    default: bool,
}

impl Class {
    fn new(object: &impl ResourceExt, by: String) -> Self {
        let marked = |name: &&str| object.annotations().get(*name).is_some_and(|value| value == "true");
        let default = DEFAULTS.iter().any(marked);
        Self { name: object.name_any(), by, default }
    }
}

/// The class of projects' volumes.
pub(super) async fn storage(connection: &Connection, wished: Option<&str>) -> Finding {
    let classes = match list::<StorageClass>(connection, "storageclasses").await {
        Ok(classes) => classes.items,
        Err(fault) => {
            let what = "whether there is a storage class for volumes";
            return unknown(STORAGE, what, "storage.k8s.io", "storageclasses", fault);
        }
    };
    let classes: Vec<_> = classes.iter().map(|one| Class::new(one, one.provisioner.clone())).collect();
    let found = judge(STORAGE, "storage class", "GAGGLE_STORAGE_CLASS", wished, &classes);
    found.unwrap_or_else(|names| {
        let hint = match names {
            Some(names) => format!(
                "set GAGGLE_STORAGE_CLASS to one of {names}, or make one the default: kubectl annotate storageclass \
                 NAME {}=true",
                DEFAULTS[0]
            ),
            None => "install a provisioner of volumes in the cluster; no project can start without".to_owned(),
        };
        Finding::bad(STORAGE, "no storage class is configured, and none is the cluster's default", hint)
    })
}

/// The class of projects' Ingresses.
pub(super) async fn ingress(connection: &Connection, wished: Option<&str>) -> Finding {
    let classes = match list::<IngressClass>(connection, "ingressclasses").await {
        Ok(classes) => classes.items,
        Err(fault) => {
            let what = "whether there is an ingress class";
            return unknown(INGRESS, what, "networking.k8s.io", "ingressclasses", fault);
        }
    };
    let by =
        |one: &IngressClass| one.spec.as_ref().and_then(|spec| spec.controller.clone()).unwrap_or_default();
    let classes: Vec<_> = classes.iter().map(|one| Class::new(one, by(one))).collect();
    let found = judge(INGRESS, "ingress class", "GAGGLE_INGRESS_CLASS", wished, &classes);
    found.unwrap_or_else(|names| {
        let hint = match names {
            Some(names) => format!("set GAGGLE_INGRESS_CLASS to one of {names}"),
            None => "install an ingress controller, or unset INGRESS_BASE_DOMAIN: chat needs none".to_owned(),
        };
        Finding::bad(INGRESS, "no ingress class is configured, and none is the cluster's default", hint)
    })
}

/// The one that is taken; else the names of those that there are.
fn judge(
    about: &str,
    what: &str,
    variable: &str,
    wished: Option<&str>,
    classes: &[Class],
) -> Result<Finding, Option<String>> {
    let names: Vec<_> = classes.iter().map(|class| class.name.as_str()).collect();
    let names = Some(names.join(", ")).filter(|names| !names.is_empty());
    let taken = match wished {
        Some(wished) => match classes.iter().find(|class| class.name == wished) {
            Some(class) => (class, "as configured"),
            None => {
                let hint = match names {
                    Some(names) => format!("set {variable} to one of {names}"),
                    None => format!("the cluster has none at all: make it, or unset {variable}"),
                };
                return Ok(Finding::bad(about, format!("there is no {what} {wished}"), hint));
            }
        },
        None => (classes.iter().find(|class| class.default).ok_or(names)?, "the cluster's default"),
    };
    let (class, why) = taken;
    Ok(Finding::good(about, format!("{what} {} by {}, {why}", class.name, class.by)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::FindingState;

    fn class(name: &str, default: bool) -> Class {
        Class { name: name.into(), by: "b.example".into(), default }
    }

    #[test]
    fn the_class_that_is_taken_is_named_and_so_are_the_choices() {
        let classes = [class("slow", false), class("fast", true)];
        let judged = |wished, classes: &[Class]| judge(STORAGE, "storage class", "V", wished, classes);
        let taken = |wished| judged(wished, &classes).unwrap();
        assert_eq!(taken(None).found, "storage class fast by b.example, the cluster's default");
        assert_eq!(taken(Some("slow")).found, "storage class slow by b.example, as configured");
        let missing = taken(Some("none"));
        assert_eq!(missing.state, FindingState::Bad);
        assert_eq!(missing.hint.as_deref(), Some("set V to one of slow, fast"));
        assert_eq!(judged(None, &classes[..1]), Err(Some("slow".into())));
        assert_eq!(judged(None, &[]), Err(None));
    }
}
