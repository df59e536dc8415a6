//! The page of Gaggle.
//!
//! [`model`] is pure: it turns what the server says into what a person sees, and is tested natively. Everything
//! else touches the browser and compiles for wasm only.

#![cfg_attr(
    target_arch = "wasm32",
    expect(clippy::needless_pass_by_value, reason = "a component owns what it is given")
)]

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
#[expect(unreachable_pub, reason = "the component macro makes its own items pub")]
mod part;

#[cfg(target_arch = "wasm32")]
pub use app::start;

/// Leptos' `view!`, of one type: what is built of views is made once for all instead of once for each.
#[cfg(target_arch = "wasm32")]
macro_rules! view {
    ($($tokens:tt)*) => {
        ::leptos::prelude::IntoAny::into_any(::leptos::view! { $($tokens)* })
    };
}
#[cfg(target_arch = "wasm32")]
pub(crate) use view;
