mod shut;

pub use shut::shuts_out;

use super::{Kind, Rendered, user_meta};
use crate::{
    config::{KubernetesConfig, Peer, ServiceKind},
    names::UserNames,
};
use gaggle_shared::UserId;
use k8s_openapi::{
    api::networking::v1::{
        IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
        NetworkPolicyPort, NetworkPolicySpec,
    },
    apimachinery::pkg::{apis::meta::v1::LabelSelector, util::intstr::IntOrString},
};
use std::{collections::BTreeMap, net::IpAddr};

/// Ranges of IPv4 that no agent reaches unless told: this host, private, carrier's, link-local (with the clouds'
/// metadata), protocol assignments, benchmarks, multicast, reserved (RFC 6890).
const PRIVATE_V4: [&str; 11] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
];
/// The same of IPv6: loopback and IPv4-compatible, NAT64, unique local, link-local, multicast. IPv4-mapped ones are
/// IPv4 on the wire, and the API server takes `::ffff:0:0/96` for `0.0.0.0/0`.
const PRIVATE_V6: [&str; 5] = ["::/96", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"];

/// Who may talk to the user's agents, and to whom they may: nobody, but for what is said here.
pub fn network_policy(config: &KubernetesConfig, user: &UserId) -> Rendered {
    let spec = NetworkPolicySpec {
        pod_selector: Some(LabelSelector::default()),
        policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
        ingress: Some(inward(config)),
        egress: Some(outward(config)),
    };
    let metadata = user_meta(config, user, UserNames::POLICY);
    Rendered::new(Kind::NetworkPolicy, &NetworkPolicy { metadata, spec: Some(spec) })
}

fn inward(config: &KubernetesConfig) -> Vec<NetworkPolicyIngressRule> {
    let network = &config.network;
    let mut from: Vec<NetworkPolicyPeer> = network.server.iter().map(pods).collect();
    from.extend(network.server_cidrs.iter().map(|cidr| block(cidr, &[])));
    from.extend(config.ingress.iter().map(|ingress| pods(&ingress.controller)));
    if config.services.kind != ServiceKind::ClusterIP {
        match config.services.sources.as_slice() {
            [] => from.extend(public(&network.blocked)),
            sources => from.extend(sources.iter().map(|cidr| block(cidr, &[]))),
        }
    }
    if from.is_empty() {
        return Vec::new();
    }
    let port = port("TCP", config.agent.port);
    vec![NetworkPolicyIngressRule { from: Some(from), ports: Some(vec![port]) }]
}

fn outward(config: &KubernetesConfig) -> Vec<NetworkPolicyEgressRule> {
    let network = &config.network;
    let rule = |to: Vec<NetworkPolicyPeer>, ports: Option<Vec<NetworkPolicyPort>>| NetworkPolicyEgressRule {
        to: Some(to),
        ports,
    };
    let mut rules = vec![rule(vec![pods(&network.dns)], Some(vec![port("UDP", 53), port("TCP", 53)]))];
    if let Some(server) = &network.server {
        rules.push(rule(vec![pods(server)], Some(vec![port("TCP", config.home.port)])));
    }
    if let Some((address, at)) = config.home.address() {
        let cidr = if address.is_ipv4() { format!("{address}/32") } else { format!("{address}/128") };
        rules.push(rule(vec![block(&cidr, &[])], Some(vec![port("TCP", at)])));
    }
    rules.push(rule(public(&network.blocked), None));
    if !network.extra_egress.is_empty() {
        rules.push(rule(network.extra_egress.iter().map(|cidr| block(cidr, &[])).collect(), None));
    }
    rules
}

/// All addresses but private ones and those that are `blocked`.
fn public(blocked: &[String]) -> Vec<NetworkPolicyPeer> {
    let is_v6 = |cidr: &&str| {
        cidr.split('/').next().and_then(|ip| ip.parse::<IpAddr>().ok()).is_some_and(|ip| ip.is_ipv6())
    };
    let (v6, v4): (Vec<&str>, Vec<&str>) = blocked.iter().map(String::as_str).partition(is_v6);
    let join = |well_known: &[&'static str], more: &[&str]| -> Vec<String> {
        well_known.iter().copied().chain(more.iter().copied()).map(str::to_owned).collect()
    };
    vec![block("0.0.0.0/0", &join(&PRIVATE_V4, &v4)), block("::/0", &join(&PRIVATE_V6, &v6))]
}

fn block(cidr: &str, except: &[String]) -> NetworkPolicyPeer {
    let except = (!except.is_empty()).then(|| except.to_vec());
    NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: cidr.to_owned(), except }),
        ..NetworkPolicyPeer::default()
    }
}

fn pods(peer: &Peer) -> NetworkPolicyPeer {
    let matching = |labels: &BTreeMap<String, String>| LabelSelector {
        match_labels: (!labels.is_empty()).then(|| labels.clone()),
        match_expressions: None,
    };
    NetworkPolicyPeer {
        namespace_selector: Some(matching(&peer.namespace)),
        pod_selector: Some(matching(&peer.pods)),
        ip_block: None,
    }
}

fn port(protocol: &str, port: u16) -> NetworkPolicyPort {
    NetworkPolicyPort {
        protocol: Some(protocol.to_owned()),
        port: Some(IntOrString::Int(port.into())),
        end_port: None,
    }
}
