//! The command lines of the node's processes, in the order of their start.

use super::places::{ADDRESS, state};
use crate::tools::testnode::Testnode;

/// Services get addresses of this range.
const SERVICES: &str = "10.96.0.0/16";

/// Pods get addresses of this range.
const PODS: &str = "10.244.0.0/16";

const ETCD: &str = "http://127.0.0.1:23790";

/// A process: its name, its program, its arguments.
pub(super) struct Part {
    /// As in the table of processes of Kubernetes.
    pub(super) name: &'static str,
    /// A path, or a name on PATH.
    pub(super) program: String,
    /// One word each.
    pub(super) arguments: Vec<String>,
}

/// Their names, in the order of their start.
pub(super) const NAMES: &[&str] = &[
    "etcd",
    "containerd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "policy",
    "provisioner",
    "kube-proxy",
    "kubelet",
];

/// What must run before the others are of use.
pub(super) fn base() -> Vec<Part> {
    vec![etcd(), containerd()]
}

/// The API server.
pub(super) fn api_server(node: &Testnode) -> Part {
    let service_account = state("pki/service-account.key").display().to_string();
    of(
        node,
        "kube-apiserver",
        &[
            ("advertise-address", ADDRESS),
            ("bind-address", ADDRESS),
            ("secure-port", "6443"),
            ("etcd-servers", ETCD),
            ("service-cluster-ip-range", SERVICES),
            ("cert-dir", &text("pki")),
            ("token-auth-file", &text("pki/tokens.csv")),
            ("authorization-mode", "Node,RBAC"),
            ("enable-admission-plugins", "NodeRestriction"),
            ("service-account-issuer", "https://kubernetes.default.svc"),
            ("service-account-key-file", &service_account),
            ("service-account-signing-key-file", &service_account),
            // The node's name is in no DNS: logs and exec go by address.
            ("kubelet-preferred-address-types", "InternalIP"),
            ("allow-privileged", "true"),
        ],
    )
}

/// All that talks to the API server; the kubelet is last, when the rest is there.
pub(super) fn rest(node: &Testnode) -> Vec<Part> {
    vec![controllers(node), scheduler(node), policy(node), provisioner(node), proxy(node), kubelet(node)]
}

fn etcd() -> Part {
    let peers = "http://127.0.0.1:23800";
    let arguments = [
        format!("--data-dir={}", text("etcd")),
        format!("--listen-client-urls={ETCD}"),
        format!("--advertise-client-urls={ETCD}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=default={peers}"),
        // For tests only: what a power cut takes is made anew anyway.
        "--unsafe-no-fsync".to_owned(),
        "--log-level=warn".to_owned(),
    ];
    Part { name: "etcd", program: "etcd".to_owned(), arguments: arguments.to_vec() }
}

fn containerd() -> Part {
    let arguments = vec![format!("--config={}", text("containerd.toml"))];
    Part { name: "containerd", program: "containerd".to_owned(), arguments }
}

fn controllers(node: &Testnode) -> Part {
    of(
        node,
        "kube-controller-manager",
        &[
            ("kubeconfig", &kubeconfig("controllers")),
            ("use-service-account-credentials", "true"),
            ("service-account-private-key-file", &text("pki/service-account.key")),
            ("root-ca-file", &text("pki/apiserver.crt")),
            ("allocate-node-cidrs", "true"),
            ("cluster-cidr", PODS),
            ("service-cluster-ip-range", SERVICES),
            ("leader-elect", "false"),
            ("secure-port", "0"),
        ],
    )
}

fn scheduler(node: &Testnode) -> Part {
    of(
        node,
        "kube-scheduler",
        &[("kubeconfig", &kubeconfig("scheduler")), ("leader-elect", "false"), ("secure-port", "0")],
    )
}

fn policy(node: &Testnode) -> Part {
    let socket = super::places::run("policy.sock").display().to_string();
    of(node, "policy", &[("kubeconfig", &kubeconfig("admin")), ("socket", &socket)])
}

fn provisioner(node: &Testnode) -> Part {
    of(node, "provisioner", &[("kubeconfig", &kubeconfig("admin")), ("folder", &text("volumes"))])
}

fn proxy(node: &Testnode) -> Part {
    of(
        node,
        "kube-proxy",
        &[
            ("kubeconfig", &kubeconfig("proxy")),
            ("hostname-override", "node1"),
            ("proxy-mode", "iptables"),
            ("cluster-cidr", PODS),
            ("bind-address", ADDRESS),
            ("nodeport-addresses", &format!("{ADDRESS}/32")),
            ("healthz-bind-address", "127.0.0.1:10256"),
            ("metrics-bind-address", "127.0.0.1:10249"),
            // The machine's own settings stay as they are.
            ("iptables-localhost-nodeports", "false"),
            ("conntrack-max-per-core", "0"),
            ("conntrack-tcp-timeout-established", "0"),
            ("conntrack-tcp-timeout-close-wait", "0"),
        ],
    )
}

fn kubelet(node: &Testnode) -> Part {
    of(
        node,
        "kubelet",
        &[
            ("config", &text("kubelet.yaml")),
            ("kubeconfig", &kubeconfig("kubelet")),
            ("hostname-override", "node1"),
            ("node-ip", ADDRESS),
            ("root-dir", &text("kubelet")),
            ("cert-dir", &text("kubelet-pki")),
        ],
    )
}

fn of(node: &Testnode, name: &'static str, options: &[(&str, &str)]) -> Part {
    let options = options.iter().map(|(option, value)| format!("--{option}={value}"));
    let arguments = std::iter::once(name.to_owned()).chain(options).collect();
    Part { name, program: node.binary.display().to_string(), arguments }
}

fn kubeconfig(who: &str) -> String {
    text(&format!("pki/{who}.kubeconfig"))
}

fn text(name: &str) -> String {
    state(name).display().to_string()
}
