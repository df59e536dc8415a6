//! Fakes and scripted parts for tests: what stands behind the core's ports, in memory.

pub mod agent;
pub mod clock;
#[cfg(feature = "fault-proxy")]
pub mod fault;
pub mod gateway;
pub mod goose;
pub mod model;
pub mod mongo;
pub mod registry;
pub mod runtime;
pub mod scene;
pub mod store;
pub mod story;

pub use clock::{ManualClock, SeededEntropy};
pub use gateway::{Act, FakeGateway};
pub use model::ScriptedModel;
pub use runtime::{FakeRuntime, RuntimeCall};
