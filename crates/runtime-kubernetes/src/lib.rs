//! Agents as Deployments of a Kubernetes cluster: a namespace per user, and in it per project a Secret, a volume,
//! a Deployment, a Service and, if wanted, an Ingress.
//!
//! ```text
//! config   what is told: plain data, no environment
//! names    what objects are called        labels   how they are known again
//! objects  pure builders, a file per kind
//! apply    server-side apply of what they build; delete
//! client   credentials, the connection, and what its errors mean
//! ```

pub mod apply;
pub mod client;
pub mod config;
pub mod labels;
pub mod names;
pub mod objects;

pub use client::{Connection, Credentials};
pub use config::KubernetesConfig;
pub use names::{NamespacePrefix, ProjectNames, UserNames};
