//! View models: pure, without a browser, a clock or a network.

pub mod ansi;
pub mod backoff;
pub mod bulk;
pub mod chat;
pub mod complete;
pub mod diff;
pub mod export;
pub mod find;
pub mod fleet;
pub mod log;
pub mod look;
pub mod markdown;
pub mod news;
pub mod place;
pub mod plain;
pub mod remedy;
pub mod route;
pub mod setting;
pub mod sse;
pub mod start;
pub mod time;
pub mod timeline;
pub mod tool;
pub mod usage;
pub mod usual;
pub mod window;
