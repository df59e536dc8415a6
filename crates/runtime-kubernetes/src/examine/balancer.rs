use super::unknown;
use crate::{
    client::{Call, Connection, Verb},
    labels,
    state::{Kind as _, ServiceView},
};
use gaggle_shared::{Finding, InstanceId};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Service;
use kube::{Api, ResourceExt as _, api::ListParams};

pub(super) const ABOUT: &str = "load balancer";

/// So many Services are looked at where no watch shows them.
const MOST: u32 = 500;

/// A Service of ours that wishes for a load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balancer {
    /// Its name.
    pub service: String,
    /// What it was given: an IP or a name.
    pub address: Option<String>,
    /// Since when it wishes for one.
    pub since: Option<Timestamp>,
}

impl Balancer {
    /// Of a Service, if it wishes for one.
    pub(crate) fn of(service: &str, view: &ServiceView) -> Option<Self> {
        let address = view.address.as_ref().map(ToString::to_string);
        (*view.kind == *"LoadBalancer").then(|| Self {
            service: service.to_owned(),
            address,
            since: view.since,
        })
    }
}

/// Whose Services are looked at, where it is not any Gaggle's.
#[derive(Debug, Clone)]
pub struct Ours {
    /// Other instances in the same cluster have theirs.
    pub instance: InstanceId,
    /// What its watch shows; none: they are listed.
    pub watched: Option<Vec<Balancer>>,
}

/// Whether load balancers get addresses here.
pub(super) async fn balancers(connection: &Connection, ours: Option<Ours>) -> Finding {
    let selector = match ours {
        Some(Ours { watched: Some(watched), .. }) => return judge(&watched),
        Some(Ours { instance, .. }) => labels::selector(&instance),
        None => format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE),
    };
    let call = Call { verb: Verb::List, resource: "services", namespace: "" };
    let params = ListParams::default().labels(&selector).limit(MOST);
    let listed = connection.call(call, async |client| Api::<Service>::all(client).list(&params).await).await;
    match listed {
        Ok(services) => {
            let seen = services.items.into_iter().filter_map(|service| {
                let name = service.name_any();
                Balancer::of(&name, &service.view()?)
            });
            judge(&seen.collect::<Vec<_>>())
        }
        Err(fault) => unknown(ABOUT, "whether load balancers get addresses", "", "services", fault),
    }
}

fn judge(balancers: &[Balancer]) -> Finding {
    if let Some((balancer, address)) = balancers.iter().find_map(|one| Some((one, one.address.as_ref()?))) {
        let waiting = balancers.iter().filter(|one| one.address.is_none()).count();
        let more = if waiting > 0 { format!("; {waiting} more still wait") } else { String::new() };
        return Finding::good(ABOUT, format!("{} has {address}{more}", balancer.service));
    }
    let Some(first) = balancers.iter().min_by_key(|one| one.since.unwrap_or(Timestamp::MAX)) else {
        return Finding::note(
            ABOUT,
            "not seen yet: no active project asks for one",
            "chat needs none; GAGGLE_SERVICE_TYPE=ClusterIP asks for none",
        );
    };
    let since = first.since.map(|since| format!(" since {since:.0}")).unwrap_or_default();
    Finding::note(
        ABOUT,
        format!("{} waits for an address{since}", first.service),
        "chat needs none; a cluster without a load balancer never gives one: GAGGLE_SERVICE_TYPE=ClusterIP, or \
         install one (MetalLB, cloud-provider-kind)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::FindingState;
    use serde_json::json;

    fn service(kind: &str, address: Option<&str>) -> Option<Balancer> {
        let ingress = address.map(|ip| json!([{"ip": ip}])).unwrap_or_default();
        let fields = json!([{"manager": "gaggle", "operation": "Apply", "time": "2026-01-02T03:04:05Z"},
            {"manager": "cloud", "operation": "Update", "time": "2026-02-02T03:04:05Z"}]);
        let service: Service =
            serde_json::from_value(json!({"metadata": {"name": "s", "managedFields": fields},
            "spec": {"type": kind}, "status": {"loadBalancer": {"ingress": ingress}}}))
            .unwrap();
        Balancer::of("s", &service.view().unwrap())
    }

    #[test]
    fn one_with_an_address_shows_that_they_get_some() {
        let (with, without) =
            (service("LoadBalancer", Some("9.9.9.9")).unwrap(), service("LoadBalancer", None).unwrap());
        let found = judge(&[without.clone(), with]);
        assert_eq!(
            (found.state, found.found.as_str()),
            (FindingState::Good, "s has 9.9.9.9; 1 more still wait")
        );
        let found = judge(&[without]);
        let expected = "s waits for an address since 2026-01-02T03:04:05Z";
        assert_eq!((found.state, found.found.as_str()), (FindingState::Note, expected));
        assert!(found.hint.unwrap().contains("GAGGLE_SERVICE_TYPE=ClusterIP"));
        assert_eq!(judge(&[]).state, FindingState::Note);
        assert_eq!(service("ClusterIP", None), None);
    }
}
