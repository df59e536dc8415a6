//! What is known of our objects, cut down to what is needed: ten thousand sleeping projects fit into a few MB.

mod claim;
mod deployment;
mod note;
mod pod;
mod project;
mod replica_set;
mod service;
mod world;

pub use claim::{ClaimPhase, ClaimView};
pub use deployment::DeploymentView;
pub use note::Note;
pub use pod::{Container, Ended, PodPhase, PodView, Scheduled, Status};
pub use project::{Key, Kind, Project, Table};
pub use replica_set::{CreateFailure, SetView};
pub use service::ServiceView;
pub use world::World;
