use super::plain::Plain;
use crate::model::{
    diff::{Kind, counts, lines},
    plain,
};
use crate::view;
use gaggle_shared::Diff;
use leptos::prelude::*;

/// A change to one file, line by line.
#[component]
pub(crate) fn DiffView(
    diff: Diff,
    /// A stop for the keyboard, where it scrolls by itself.
    stop: Option<&'static str>,
) -> impl IntoView {
    let Diff { path, old_text, new_text } = diff;
    let lines = lines(old_text.as_deref().unwrap_or_default(), &new_text);
    let (added, removed) = counts(&lines);
    // Whether something was there nobody says.
    let whole = old_text.is_none();
    let what = if whole { "the whole file; replaces what is there" } else { "changed" };
    let row = |line: crate::model::diff::Line| {
        let (class, sign) = match line.kind {
            Kind::Added => ("line added", "+"),
            Kind::Removed => ("line removed", "-"),
            Kind::Same => ("line", " "),
            Kind::Skipped(count) => {
                return view! { <div class="line skipped">{format!("{count} unchanged lines")}</div> }
                    .into_any();
            }
        };
        view! { <div class=class><span class="sign">{sign}</span><Plain text=line.text/></div> }.into_any()
    };
    view! {
        <figure class="diff">
            <figcaption>
                <code>{plain::line(&path)}</code>
                <span class="dim">{what}</span>
                <span class="grow"></span>
                <span class="plus">{format!("+{added}")}</span>
                {(!whole).then(|| view! { <span class="minus">{format!("−{removed}")}</span> })}
            </figcaption>
            <div class="diff-lines" tabindex=stop role="group" aria-label="Changed lines">
                {lines.into_iter().map(row).collect_view()}
            </div>
        </figure>
    }
}
