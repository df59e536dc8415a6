//! What can be seen without a cluster: the objects as YAML, the role, and what a server's errors come to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must end")]

mod examine;
mod faults;
mod fixture;
mod objects;
mod rights;
mod walls;
