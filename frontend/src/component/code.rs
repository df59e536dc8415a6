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
    let colours = RwSignal::new(None::<Vec<(String, String)>>);
    Effect::new(move |_| {
        let code = text.get();
        if !ready.get() || language_.with_value(String::is_empty) || code.len() > COLOUR_LIMIT {
            return;
        }
        let colour = move || {
            if text.try_with_untracked(|now| *now == code) == Some(true) {
                colours.set(language_.with_value(|language| highlight(&code, language)));
            }
        };
        // Code that comes whole, as all of the past does, has its colours with the first picture.
        if colours.try_with_untracked(Option::is_none) == Some(true) {
            colour();
        } else {
            colours.set(None);
            set_timeout(colour, STILL);
        }
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
            <pre tabindex="0" role="group" aria-label=label><code>{move || match colours.get() {
                Some(pieces) => pieces.into_iter().map(piece).collect_view().into_any(),
                None => view! { <Plain text=Signal::derive(move || text.get().trim_end_matches('\n').to_owned())/> },
            }}</code></pre>
        </figure>
    }
}

fn piece((class, text): (String, String)) -> AnyView {
    match class.as_str() {
        "" => view! { <Plain text/> },
        _ => view! { <span class=format!("hl-{class}")><Plain text/></span> },
    }
}
