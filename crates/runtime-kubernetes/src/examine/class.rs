use super::{rights, unknown};
use crate::{
    access::{self, Access, DEFAULTS, Reason, access},
    client::{Connection, Fault},
    config::AccessMode,
};
use gaggle_core::port::Cause;
use gaggle_shared::{Finding, FindingState};
use k8s_openapi::api::{networking::v1::IngressClass, storage::v1::StorageClass};
use kube::ResourceExt;

pub(super) const STORAGE: &str = "storage";
pub(super) const INGRESS: &str = "ingress";

/// What marks the ingress class that is taken where none is named.
const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

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
        let default = DEFAULTS.iter().chain([&DEFAULT]).any(marked);
        Self { name: object.name_any(), by, default }
    }
}

/// The class of projects' volumes, and who may hold one at once.
pub(super) async fn storage(connection: &Connection, wished: Option<&str>, mode: AccessMode) -> Finding {
    let classes = match access::list::<StorageClass>(connection, "storageclasses").await {
        Ok(classes) => classes.items,
        Err(fault) => {
            let what = "whether there is a storage class for volumes";
            return unknown(STORAGE, what, "storage.k8s.io", "storageclasses", fault);
        }
    };
    let classes: Vec<_> = classes.iter().map(|one| Class::new(one, one.provisioner.clone())).collect();
    let found = match judge(STORAGE, "storage class", "GAGGLE_STORAGE_CLASS", wished, &classes) {
        Ok(found) if found.state == FindingState::Good => {
            return held(&found, mode, access(connection, wished).await);
        }
        found => found,
    };
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

/// Adds what a new volume's claim asks for, and why.
fn held(class: &Finding, mode: AccessMode, access: Result<Access, Fault>) -> Finding {
    let found = |words: &str| format!("{}; new volumes are {words}", class.found);
    match (mode, access) {
        (AccessMode::Once, _) => Finding::good(STORAGE, found("ReadWriteOnce, as configured")),
        (AccessMode::Auto, Ok(Access::OncePod)) => {
            Finding::good(STORAGE, found("ReadWriteOncePod: one pod alone holds one"))
        }
        (AccessMode::OncePod, Ok(Access::OncePod)) => {
            Finding::good(STORAGE, found("ReadWriteOncePod, as configured"))
        }
        (AccessMode::Auto, Ok(Access::Once(Reason::MayNotList(resource)))) => Finding::note(
            STORAGE,
            found(&format!(
                "ReadWriteOnce: whether one pod alone could hold one is not known: {}",
                Reason::MayNotList(resource)
            )),
            rights::line(&[("storage.k8s.io", resource, vec!["list"])]),
        ),
        (AccessMode::Auto, Ok(Access::Once(reason))) => {
            Finding::good(STORAGE, found(&format!("ReadWriteOnce: {reason}")))
        }
        (AccessMode::OncePod, Ok(Access::Once(reason))) => Finding::note(
            STORAGE,
            found(&format!("ReadWriteOncePod, as configured, but {reason}")),
            "if new volumes stay unbound, set GAGGLE_STORAGE_MODE=auto and make those projects anew",
        ),
        (AccessMode::Auto | AccessMode::OncePod, Err(fault)) => Finding::note(
            STORAGE,
            format!(
                "{}; who may hold new volumes is not known: {}",
                class.found,
                super::said(&Cause::from(fault))
            ),
            "",
        ),
    }
}

/// The class of projects' Ingresses.
pub(super) async fn ingress(connection: &Connection, wished: Option<&str>) -> Finding {
    let classes = match access::list::<IngressClass>(connection, "ingressclasses").await {
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
    fn who_may_hold_a_volume_is_said_with_the_reason() {
        let once = |reason| Ok(Access::Once(reason));
        let held = |mode, access| held(&Finding::good(STORAGE, "class a"), mode, access);
        for (mode, access, words) in [
            (AccessMode::Auto, Ok(Access::OncePod), "ReadWriteOncePod: one pod alone holds one"),
            (
                AccessMode::Auto,
                once(Reason::NoDriver("local".into())),
                "ReadWriteOnce: local is no CSI driver",
            ),
            (AccessMode::Once, Ok(Access::OncePod), "ReadWriteOnce, as configured"),
            (AccessMode::OncePod, Ok(Access::OncePod), "ReadWriteOncePod, as configured"),
        ] {
            assert_eq!(
                held(mode, access),
                Finding::good(STORAGE, format!("class a; new volumes are {words}"))
            );
        }
        let unseen = held(AccessMode::Auto, once(Reason::MayNotList("csidrivers")));
        assert_eq!(unseen.state, FindingState::Note);
        assert!(unseen.found.contains("verb list on csidrivers is missing"), "{unseen:?}");
        assert!(unseen.hint.as_deref().unwrap().contains("csidrivers"), "{unseen:?}");
        let doubtful = held(AccessMode::OncePod, once(Reason::NoDriver("local".into())));
        assert_eq!(doubtful.state, FindingState::Note);
        assert!(doubtful.found.contains("as configured, but local is no CSI driver"), "{doubtful:?}");
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
