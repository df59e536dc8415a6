use super::icon::{Glyph, Icon};
use super::tool::ToolCard;
use crate::hook::PartRow;
use crate::model::{chat::fold, plain, tool};
use crate::view;
use gaggle_shared::Part;
use leptos::prelude::*;

/// A run of reads as one line, which opens to its tools.
#[component]
pub(crate) fn Reads(parts: Memo<Vec<PartRow>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let calls = move || -> Vec<_> {
        let parts = parts.read();
        let calls = parts.iter().filter_map(|row| match row.part.get_untracked() {
            Part::Tool { tool_call } => Some(tool_call),
            _ => None,
        });
        calls.collect()
    };
    let title = move || fold::title(calls().iter());
    let subjects = move || {
        calls().iter().map(|call| plain::line(&tool::head(call).subject)).collect::<Vec<_>>().join(", ")
    };
    let numbered = move || parts.get().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <div class="tool completed reads">
            <button
                class="tool-head"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <span class="tool-sign"><Icon glyph=Glyph::Check/></span>
                <span class="tool-verb">{title}</span>
                <code class="tool-subject">{subjects}</code>
                <span class="grow"></span>
                <Icon glyph=Glyph::Down/>
            </button>
            <Show when=move || open.get()>
                <div class="reads-body">
                    <For each=numbered key=|(index, _)| *index let((_, row))>
                        <ToolCard part=row.part last=false/>
                    </For>
                </div>
            </Show>
        </div>
    }
}
