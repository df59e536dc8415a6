//! The embedded store against the suite, the disk, and death.

mod child;
mod conformance;
mod full;
mod killed;
mod place;
