//! The page of Gaggle.
//!
//! [`model`] is pure: it turns what the server says into what a person sees, and is tested natively. Everything
//! else touches the browser and compiles for wasm only.

pub mod model;

#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "the component macro makes its own items pub")]
mod component;
#[cfg(target_arch = "wasm32")]
mod hook;
#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "the component macro makes its own items pub")]
mod page;

#[cfg(target_arch = "wasm32")]
pub use app::start;
