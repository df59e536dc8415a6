//! The Ingress of a project, on the real node. No controller runs there: what is seen is the object and what is told.

use crate::world::World;
use gaggle_core::port::Runtime as _;
use gaggle_runtime_kubernetes::config::{Ingress, IngressTls, Peer};
use gaggle_shared::EndpointVia;
use k8s_openapi::api::networking::v1::Ingress as Route;
use kube::ResourceExt as _;
use std::collections::BTreeMap;

fn told(tls: IngressTls) -> Option<Ingress> {
    let pair = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    Some(Ingress {
        domain: "agents.test".into(),
        class: Some("nginx".into()),
        annotations: pair("nginx.ingress.kubernetes.io/proxy-read-timeout", "3600"),
        tls: Some(tls),
        controller: Peer { namespace: pair("kubernetes.io/metadata.name", "ingress"), pods: BTreeMap::new() },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_active_project_has_its_ingress_and_a_deleted_one_none() {
    for (tls, secret) in [
        (IngressTls::Secret("wildcard".into()), "wildcard".to_owned()),
        (IngressTls::ClusterIssuer("letsencrypt".into()), String::new()),
    ] {
        let mut world = World::with(|config| config.ingress = told(tls)).await;
        world.watching().await;
        world.start().await.unwrap();
        world.running().await;
        let name = format!("proj-{}-ingress", world.project);
        let route = world.api::<Route>().get(&name).await.unwrap();
        let host = format!("proj-{}.agents.test", world.project);
        let annotation = |name: &str| route.annotations().get(name).cloned();
        assert_eq!(annotation("nginx.ingress.kubernetes.io/proxy-read-timeout").as_deref(), Some("3600"));
        let secret = match secret.is_empty() {
            false => secret,
            true => {
                assert_eq!(annotation("cert-manager.io/cluster-issuer").as_deref(), Some("letsencrypt"));
                format!("proj-{}-tls", world.project)
            }
        };
        let spec = route.spec.unwrap();
        assert_eq!(spec.ingress_class_name.as_deref(), Some("nginx"));
        let rules = spec.rules.unwrap();
        assert_eq!((rules.len(), rules[0].host.as_deref()), (1, Some(host.as_str())));
        let backend = rules[0].http.as_ref().unwrap().paths[0].backend.service.as_ref().unwrap();
        assert_eq!(backend.name, format!("proj-{}-svc", world.project));
        let tls = spec.tls.unwrap();
        assert_eq!(tls[0].hosts.as_deref(), Some([host.clone()].as_slice()));
        assert_eq!(tls[0].secret_name.as_deref(), Some(secret.as_str()));
        let endpoint = world.runtime.reach(&world.user, &world.project).endpoint.unwrap();
        assert_eq!(endpoint.via, EndpointVia::Ingress);
        assert!(endpoint.url.contains(&host), "{endpoint:?}");
        let resources = world.runtime.resources(&world.user, &world.project).unwrap();
        assert_eq!(resources.ingress.as_deref(), Some(name.as_str()));
        let removed = world.runtime.remove(&world.project, None).await.unwrap();
        assert!(removed.iter().any(|one| one.kind == "Ingress" && one.name == name), "{removed:?}");
        assert_eq!(world.api::<Route>().get_opt(&name).await.unwrap(), None);
        world.end().await;
    }
}
