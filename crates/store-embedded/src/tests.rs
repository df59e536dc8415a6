//! The store on a disk that a test holds in its hands.

mod disk;
mod failing;
mod group;
mod power;
