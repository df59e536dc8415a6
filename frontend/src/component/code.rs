use super::copy::CopyButton;
use super::plain::Plain;
use crate::hook::{highlight, highlighter};
use crate::model::plain;
use crate::view;
use leptos::prelude::*;
use std::time::Duration;

/// Longer code stays without colours.
const COLOUR_LIMIT: usize = 40_000;
/// Code that has not grown for so long is coloured.
const STILL: Duration = Duration::from_millis(160);

/// A block of code: its language, a copy button, and colours once it stands still.
#[component]
pub(crate) fn CodeBlock(language: String, text: Signal<String>) -> impl IntoView {
    let language_ = StoredValue::new(language.clone());
    let ready = RwSignal::from(highlighter());
    // What has its colours: the beginning of the text, while that grows.
    let done = RwSignal::new(String::new());
    let colours = RwSignal::new(Vec::<(String, String)>::new());
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let colour = move || {
        let Some(code) = text.try_get_untracked() else { return };
        let pieces = language_.try_with_value(|language| highlight(&code, language)).flatten();
        if let Some(pieces) = pieces {
            done.set(code);
            colours.set(pieces);
        }
    };
    let stop_waiting = move || {
        if let Some(timer) = waiting.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    Effect::new(move |_| {
        stop_waiting();
        let (size, grows, same) = text.with(|code| {
            done.with_untracked(|done| {
                (code.len(), code.starts_with(done.as_str()), code.len() == done.len())
            })
        });
        if !grows {
            done.set(String::new());
            colours.set(Vec::new());
        }
        if !ready.get() || language_.with_value(String::is_empty) || size > COLOUR_LIMIT {
            return;
        }
        // Code that comes whole, as all of the past does, has its colours with the first picture; what grows keeps
        // those it has until it stands still.
        if done.read_untracked().is_empty() {
            colour();
        } else if !same {
            waiting.set_value(set_timeout_with_handle(colour, STILL).ok());
        }
    });
    on_cleanup(stop_waiting);
    let rest = Signal::derive(move || {
        let (text, done) = (text.read(), done.read());
        text.strip_prefix(done.as_str()).unwrap_or_default().trim_end_matches('\n').to_owned()
    });
    let label =
        if language.is_empty() { "Code".to_owned() } else { format!("Code, {}", plain::line(&language)) };
    let copied = Callback::new(move |()| text.get_untracked());
    view! {
        <figure class="code">
            <figcaption>
                <span>{plain::line(&language)}</span>
                <CopyButton text=copied/>
            </figcaption>
            <pre tabindex="0" role="group" aria-label=label><code>
                {move || colours.get().into_iter().map(piece).collect_view()}
                <Plain text=rest/>
            </code></pre>
        </figure>
    }
}

fn piece((class, text): (String, String)) -> AnyView {
    match class.as_str() {
        "" => view! { <Plain text/> },
        _ => view! { <span class=format!("hl-{class}")><Plain text/></span> },
    }
}
