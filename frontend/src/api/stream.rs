//! Server-sent events over fetch: unlike an EventSource it sees problems, heartbeats and silence.

use super::http::{Trouble, checked};
use crate::hook::dice;
use crate::model::{
    backoff,
    sse::{Frame, Parser},
};
use js_sys::{Promise, Reflect, Uint8Array};
use leptos::{ev, prelude::*};
use std::{cell::Cell, rc::Rc, time::Duration};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

/// The server sends a heartbeat every 15 seconds: so long a silence means that the connection is dead.
const SILENCE_MS: f64 = 40_000.0;

/// A heartbeat and a little: to who comes back, so long a silence is long enough.
const HEARTBEAT_MS: f64 = 18_000.0;

/// What was heard so lately is alive, whatever the network has done meanwhile.
const FRESH_MS: f64 = 2_000.0;

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
    _woken: Woken,
}

impl Stream {
    /// Connects; a problem of the server is an error.
    pub(crate) async fn open(path: &str, stop: &Stop) -> Result<Self, Trouble> {
        let (abort, sent) = match super::ahead::take(path) {
            Some(ahead) => {
                stop.0.abort.set(Some(ahead.abort.clone()));
                (ahead.abort.clone(), ahead.sent().await)
            }
            None => {
                let abort = AbortController::new().map_err(|_| Trouble::Offline)?;
                let signal = abort.signal();
                stop.0.abort.set(Some(abort.clone()));
                let request = gloo_net::http::Request::get(path)
                    .header("accept", "text/event-stream")
                    .abort_signal(Some(&signal))
                    .cache(web_sys::RequestCache::NoStore);
                (abort, request.send().await)
            }
        };
        let response = checked(sent).await?;
        let body = response.body().ok_or(Trouble::Offline)?;
        let heard = Rc::new(Cell::new(js_sys::Date::now()));
        let cut_after = {
            let last = heard.clone();
            move |silence: f64| {
                if js_sys::Date::now() - last.get() > silence {
                    abort.abort();
                }
            }
        };
        let silent = cut_after.clone();
        let every = Duration::from_secs(5);
        let watch = leptos::leptos_dom::helpers::set_interval_with_handle(move || silent(SILENCE_MS), every);
        // A network that was away took the connection with it, though nobody says so; a heartbeat that is missing
        // to a page that is looked at again says it too.
        let woken = Woken(vec![
            window_event_listener(ev::online, {
                let cut_after = cut_after.clone();
                move |_| cut_after(FRESH_MS)
            }),
            window_event_listener(ev::visibilitychange, move |_| {
                if !document().hidden() {
                    cut_after(HEARTBEAT_MS);
                }
            }),
        ]);
        Ok(Self {
            reader: body.get_reader().unchecked_into(),
            parser: Parser::default(),
            heard,
            _woken: woken,
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

/// Waits before the next try, longer each time. A computer that wakes, a network that is back and a page that is looked
/// at again do not wait, and begin to count anew.
pub(crate) async fn again(attempt: &mut u32) {
    let ms = backoff::wait_ms(*attempt, dice());
    *attempt += 1;
    let woken = Rc::new(Cell::new(false));
    let mut watch = None;
    let promise = Promise::new(&mut |resolve, _| {
        let done = resolve.clone();
        let over = move || drop(done.call0(&JsValue::NULL));
        leptos::prelude::set_timeout(over, Duration::from_millis(ms.into()));
        let said = woken.clone();
        watch = Some(Woken::watch(move || {
            said.set(true);
            let _ = resolve.call0(&JsValue::NULL);
        }));
    });
    let _ = JsFuture::from(promise).await;
    if woken.get() {
        *attempt = 0;
    }
}

/// Told when the network is back and when the page is looked at again, until it goes.
struct Woken(Vec<WindowListenerHandle>);

impl Woken {
    fn watch(told: impl Fn() + Clone + 'static) -> Self {
        let seen = told.clone();
        Self(vec![
            window_event_listener(ev::online, move |_| told()),
            window_event_listener(ev::visibilitychange, move |_| {
                if !document().hidden() {
                    seen();
                }
            }),
        ])
    }
}

impl Drop for Woken {
    fn drop(&mut self) {
        self.0.drain(..).for_each(WindowListenerHandle::remove);
    }
}
