//! The questions that `early.js` asks while the program is on its way: their answers are taken once.

use gloo_net::http::Response;
use js_sys::{Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

/// What was asked before there was a program.
pub(super) struct Ahead {
    /// Ends it.
    pub(super) abort: AbortController,
    answer: Promise,
}

/// The question for this path, if it was asked and nobody has taken it yet.
pub(super) fn take(path: &str) -> Option<Ahead> {
    let asked = Reflect::get(&window(), &"gaggleAhead".into()).ok()?;
    let question = Reflect::get(&asked, &path.into()).ok().filter(JsValue::is_object)?;
    Reflect::set(&asked, &path.into(), &JsValue::UNDEFINED).ok()?;
    let part = |name: &str| Reflect::get(&question, &name.into()).ok();
    Some(Ahead { abort: part("abort")?.unchecked_into(), answer: part("answer")?.unchecked_into() })
}

impl Ahead {
    /// As if it had been asked now.
    pub(super) async fn sent(self) -> Result<Response, gloo_net::Error> {
        let answer = JsFuture::from(self.answer).await;
        let answer = answer.map_err(|_| gloo_net::Error::GlooError(String::new()))?;
        Ok(answer.unchecked_into::<web_sys::Response>().into())
    }
}
