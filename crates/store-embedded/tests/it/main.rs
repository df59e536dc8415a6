//! The embedded store against the suite, the disk, and death.

mod conformance;
