//! Server-sent events over fetch: unlike an EventSource it sees problems, heartbeats and silence.

use super::http::{Trouble, checked};
use crate::model::sse::{Frame, Parser};
use js_sys::{Promise, Reflect, Uint8Array};
use std::{cell::Cell, rc::Rc, time::Duration};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

/// The server sends a heartbeat every 15 seconds: so long a silence means that the connection is dead.
const SILENCE_MS: f64 = 40_000.0;

/// Ends a stream from outside; every copy is the same switch.
#[derive(Clone, Default)]
pub(crate) struct Stop(Rc<Inner>);

#[derive(Default)]
struct Inner {
    stopped: Cell<bool>,
    abort: Cell<Option<AbortController>>,
}

impl Stop {
    /// True once stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.0.stopped.get()
    }

    /// Ends it for good.
    pub(crate) fn stop(&self) {
        self.0.stopped.set(true);
        self.cut();
    }

    /// Cuts the current connection only.
    pub(crate) fn cut(&self) {
        if let Some(abort) = self.0.abort.take() {
            abort.abort();
        }
    }

    /// Stops when the current reactive owner goes.
    pub(crate) fn with_owner(&self) {
        let this = send_wrapper::SendWrapper::new(self.clone());
        leptos::prelude::on_cleanup(move || this.stop());
    }
}

/// An open stream.
pub(crate) struct Stream {
    reader: ReadableStreamDefaultReader,
    parser: Parser,
    heard: Rc<Cell<f64>>,
    watch: leptos::leptos_dom::helpers::IntervalHandle,
}

impl Stream {
    /// Connects; a problem of the server is an error.
    pub(crate) async fn open(path: &str, stop: &Stop) -> Result<Self, Trouble> {
        let abort = AbortController::new().map_err(|_| Trouble::Offline)?;
        let signal = abort.signal();
        stop.0.abort.set(Some(abort.clone()));
        let request = gloo_net::http::Request::get(path)
            .header("accept", "text/event-stream")
            .abort_signal(Some(&signal))
            .cache(web_sys::RequestCache::NoStore);
        let response = checked(request.send().await).await?;
        let body = response.body().ok_or(Trouble::Offline)?;
        let heard = Rc::new(Cell::new(js_sys::Date::now()));
        let last = heard.clone();
        let silent = move || {
            if js_sys::Date::now() - last.get() > SILENCE_MS {
                abort.abort();
            }
        };
        let every = Duration::from_secs(5);
        let watch = leptos::leptos_dom::helpers::set_interval_with_handle(silent, every);
        Ok(Self {
            reader: body.get_reader().unchecked_into(),
            parser: Parser::default(),
            heard,
            watch: watch.map_err(|_| Trouble::Offline)?,
        })
    }

    /// The next events; none at the end, however it came.
    pub(crate) async fn next(&mut self) -> Option<Vec<Frame>> {
        let chunk = JsFuture::from(self.reader.read()).await.ok()?;
        self.heard.set(js_sys::Date::now());
        let done = Reflect::get(&chunk, &"done".into()).ok()?.is_truthy();
        if done {
            return None;
        }
        let bytes = Reflect::get(&chunk, &"value".into()).ok()?;
        Some(self.parser.push(&bytes.unchecked_into::<Uint8Array>().to_vec()))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.watch.clear();
        // The reader may be gone with its connection; there is nothing to do about it then.
        let cancelled = JsFuture::from(self.reader.cancel());
        leptos::task::spawn_local(async move {
            let _ = cancelled.await;
        });
    }
}

/// Waits; a hidden or throttled page may wait longer.
pub(crate) async fn pause(ms: u32) {
    let promise = Promise::new(&mut |resolve, _| {
        leptos::prelude::set_timeout(
            move || {
                let _ = resolve.call0(&JsValue::NULL);
            },
            Duration::from_millis(ms.into()),
        );
    });
    let _ = JsFuture::from(promise).await;
}
