//! The Kubernetes runtime on a real node: `cargo xtask cluster up`, then the variables it prints.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../common/account.rs"]
mod account;
mod broken;
mod config;
mod examine;
mod ingress;
#[path = "../common/kubeconfig.rs"]
mod kubeconfig;
mod life;
mod logs;
mod orphans;
mod record;
mod refused;
mod registry;
mod rights;
mod token;
mod watch;
mod world;
