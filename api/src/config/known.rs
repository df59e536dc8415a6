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
    variable("GAGGLE_RUNTIME", "local", "where agents run; kubernetes is not in this release yet"),
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
    variable(
        "GAGGLE_AGENT_ENV",
        "well-known provider variables",
        "names of server variables handed to agents",
    ),
    variable("GAGGLE_ACTIVATIONS", "8", "how many agents may start at once"),
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
    variable("GAGGLE_SERVICE_TYPE", "LoadBalancer", "for the kubernetes runtime, not in this release yet"),
    variable("GAGGLE_UNSCHEDULABLE_GRACE", "30s", "for the kubernetes runtime, not in this release yet"),
    variable("GAGGLE_RELAY_INJECT", "auto", "for the kubernetes runtime, not in this release yet"),
    variable("MONGODB_URI", "unset: embedded store", "the MongoDB store is not in this release yet"),
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
