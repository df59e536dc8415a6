//! Fakes and scripted parts for tests: what stands behind the core's ports, in memory.

pub mod clock;
pub mod gateway;
pub mod runtime;

pub use clock::{ManualClock, SeededEntropy};
pub use gateway::{Act, FakeGateway};
pub use runtime::{FakeRuntime, RuntimeCall};
