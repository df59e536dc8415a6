//! Agents as Deployments of a Kubernetes cluster: a namespace per user, and in it per project a Secret, a volume,
//! a Deployment, a Service and, if wanted, an Ingress.
//!
//! ```text
//! config   what is told: plain data, no environment
//! names    what objects are called        labels   how they are known again
//! objects  pure builders, a file per kind
//! apply    server-side apply of what they build; delete
//! client   credentials, the connection, and what its errors mean
//! state    what is known of objects, cut down      watch    how it comes to be known
//! diagnose what it means                           logs     the pods' logs, kept for sleep
//! examine  what `gaggle doctor` says of a cluster  access   what new volumes can be held by
//! runtime  the port                                rights   what Gaggle's role must allow                                dial     a way to a pod, where it cannot call
//! ```

mod access;
pub mod apply;
pub mod client;
pub mod config;
pub mod diagnose;
pub mod dial;
pub mod examine;
pub mod labels;
mod logs;
pub mod names;
pub mod objects;
mod orphans;
pub mod rights;
mod runtime;
pub mod state;
mod watch;

pub use client::{Connection, Credentials};
pub use config::KubernetesConfig;
pub use names::{NamespacePrefix, ProjectNames, UserNames};
pub use runtime::KubernetesRuntime;
