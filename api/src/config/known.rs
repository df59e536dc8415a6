/// A variable that the server reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is when unset.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

const fn variable(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default, meaning }
}

/// All variables of this release, but for the providers' own (`GOOSE_PROVIDER`, `OPENAI_API_KEY`, …).
pub const KNOWN: &[Variable] = &[
    variable("GAGGLE_LISTEN", "127.0.0.1:3000, else the next free port", "address of the server"),
    variable(
        "GAGGLE_PUBLIC_URL",
        "from GAGGLE_LISTEN",
        "the address people use: decides which Host and Origin are accepted",
    ),
    variable(
        "GAGGLE_DATA_DIR",
        "platform data directory + gaggle",
        "the store, workspaces and the agents' state",
    ),
    variable("GAGGLE_USERS", "alice:Alice,bob:Bob,carol:Carol", "the users"),
    variable("GAGGLE_GOOSE_BIN", "goose on PATH", "the Goose binary"),
    variable(
        "GAGGLE_RUNTIME",
        "kubernetes if a KUBE_* credential is set or in a cluster, else local",
        "where agents run",
    ),
    variable("GAGGLE_READY_TIMEOUT", "120s", "longest activation"),
    variable("GAGGLE_IDLE_TIMEOUT", "30m", "idle agents go to sleep; 0 = never"),
    variable("GAGGLE_DRAIN_TIMEOUT", "30s", "at SIGTERM: how long waiting requests may still be answered"),
    variable("GAGGLE_RELAY_PATIENCE", "2m", "how long an agent goes on without its server"),
    variable(
        "GAGGLE_AGENT_LISTEN",
        "loopback, a free port kept in the data directory",
        "where relays call home",
    ),
    variable("GAGGLE_AGENT_URL", "from GAGGLE_AGENT_LISTEN", "the address relays use"),
    variable("GAGGLE_AGENT_DIAL", "auto", "auto, always or never: the server calls pods that cannot call it"),
    variable(
        "GAGGLE_AGENT_ENV",
        "well-known provider variables",
        "names of server variables handed to agents",
    ),
    variable("GAGGLE_ACTIVATIONS", "8", "how many agents may start at once"),
    variable(
        "GAGGLE_ORPHANS",
        "remove",
        "remove or report: what carries our label though no record knows it; data goes after a day",
    ),
    variable("GAGGLE_MAX_BODY", "1048576", "bytes of a request's body"),
    variable("GAGGLE_MAX_CONNECTIONS", "4096", "connections at once; further ones wait"),
    variable("GAGGLE_RATE_LIMIT", "0 on loopback, else 50", "writes a second and address; 0: no limit"),
    variable(
        "GAGGLE_INSECURE_NO_AUTH",
        "false",
        "lets the server listen beyond loopback while nobody can sign in",
    ),
    variable(
        "GAGGLE_LOG",
        "RUST_LOG, else info of Gaggle's own",
        "what is logged, such as debug or gaggle_api=debug",
    ),
    variable("GAGGLE_LOG_FORMAT", "text", "text or json"),
    variable("KUBE_CONFIG_BASE64", "", "base64 of a kubeconfig"),
    variable("KUBE_HOST", "", "address of the API server, with KUBE_TOKEN and KUBE_CA"),
    variable("KUBE_TOKEN", "", "bearer token"),
    variable("KUBE_CA", "the system's authorities", "PEM or base64 of PEM"),
    variable("KUBECONFIG", "~/.kube/config", "kubeconfig files, where no other credential is set"),
    variable("ACR_IMAGE", "the image of this release", "agent image"),
    variable("KUBE_NAMESPACE_PREFIX", "user-", "namespace = prefix + user id; never empty"),
    variable("INGRESS_BASE_DOMAIN", "unset: no Ingress", "host of a project = proj-{projectId}.{domain}"),
    variable("GOOSE_API_PORT", "3001", "port of the agent in its pod, and of its Service"),
    variable(
        "GAGGLE_RELAY_INJECT",
        "auto",
        "whether the relay is put into the agent image: auto, always, never",
    ),
    variable("GAGGLE_RELAY_IMAGE", "the server image of this release", "image that the relay is taken from"),
    variable(
        "GAGGLE_SERVICE_TYPE",
        "LoadBalancer",
        "type of an active project's Service; ClusterIP, NodePort",
    ),
    variable("GAGGLE_SERVICE_ANNOTATIONS", "", "annotations of an active project's Service"),
    variable(
        "GAGGLE_SERVICE_SOURCES",
        "public addresses",
        "who may reach agents through a LoadBalancer or NodePort",
    ),
    variable("GAGGLE_INGRESS_CLASS", "the cluster's default", "class of Ingresses"),
    variable("GAGGLE_INGRESS_ANNOTATIONS", "", "annotations of Ingresses"),
    variable("GAGGLE_INGRESS_TLS_SECRET", "", "Secret in users' namespaces with the Ingresses' certificate"),
    variable("GAGGLE_INGRESS_ISSUER", "", "cert-manager ClusterIssuer for Ingresses"),
    variable(
        "GAGGLE_INGRESS_NAMESPACE",
        "ingress-nginx",
        "namespace of the ingress controller, which may reach agents",
    ),
    variable("GAGGLE_UNSCHEDULABLE_GRACE", "30s", "how long an unschedulable pod may wait"),
    variable("GAGGLE_AGENT_CPU", "100m/2", "CPU request/limit of an agent"),
    variable("GAGGLE_AGENT_MEMORY", "256Mi/2Gi", "memory request/limit of an agent"),
    variable("GAGGLE_AGENT_PATH", "the usual folders", "PATH of agents in pods"),
    variable("GAGGLE_STORAGE_CLASS", "the cluster's default", "class of projects' volumes"),
    variable("GAGGLE_STORAGE_SIZE", "5Gi", "size of projects' volumes"),
    variable(
        "GAGGLE_STORAGE_MODE",
        "auto",
        "access mode of projects' volumes; ReadWriteOncePod where it is served",
    ),
    variable("GAGGLE_IMAGE_PULL_POLICY", "IfNotPresent", "Always, IfNotPresent or Never"),
    variable("GAGGLE_IMAGE_PULL_SECRETS", "", "pull Secrets that are in users' namespaces already"),
    variable("GAGGLE_IMAGE_PULL_CREDENTIALS", "", "a .dockerconfigjson, put into users' namespaces"),
    variable("GAGGLE_NODE_SELECTOR", "", "labels of nodes that agents may run on"),
    variable("GAGGLE_TOLERATIONS", "", "taints that agents bear: KEY[=VALUE][:EFFECT]"),
    variable("GAGGLE_RUNTIME_CLASS", "", "RuntimeClass of agents, such as gvisor"),
    variable("GAGGLE_EGRESS", "", "ranges that agents may reach beyond public addresses"),
    variable("GAGGLE_EGRESS_BLOCKED", "", "public ranges that agents may not reach"),
    variable("GAGGLE_SERVER_SOURCES", "", "ranges from which a Gaggle outside the cluster speaks to agents"),
    variable(
        "GAGGLE_POD_NAMESPACE",
        "unset: outside the cluster",
        "Gaggle's own namespace, for the NetworkPolicy of agents",
    ),
    variable("GAGGLE_POD_LABELS", "app.kubernetes.io/name=gaggle", "labels of Gaggle's own pods"),
    variable("GAGGLE_USER_PODS", "20", "how many agents of one user may run at once"),
    variable("GAGGLE_USER_PROJECTS", "200", "how many projects one user may have in the cluster"),
    variable("GAGGLE_USER_CPU", "no bound", "CPU limit of one user's running agents together"),
    variable("GAGGLE_USER_MEMORY", "no bound", "memory limit of one user's running agents together"),
    variable("GAGGLE_USER_STORAGE", "no bound", "size of one user's volumes together"),
    variable("MONGODB_URI", "unset: embedded store", "MongoDB connection string; set: MongoDB store"),
    variable("MONGODB_DB", "the URI's database, else goose", "database name"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_file_names_every_variable() {
        let example = include_str!("../../../.env.example");
        for variable in KNOWN {
            let line = format!("{}=", variable.name);
            let found = example.lines().any(|l| l.trim_start_matches(['#', ' ']).starts_with(&line));
            assert!(found, ".env.example does not name {}", variable.name);
        }
    }
}
