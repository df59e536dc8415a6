use super::diff::DiffView;
use super::plain::Plain;
use crate::model::{plain, tool::Shown};
use crate::view;
use leptos::prelude::*;

/// All that a call was given: its command, its changes to files, and every argument that neither of them says.
#[component]
pub(crate) fn Called(
    shown: Shown,
    /// It has the room it needs: nothing of it scrolls by itself.
    #[prop(optional)]
    whole: bool,
) -> impl IntoView {
    let Shown { command, directory, diffs, rest } = shown;
    let stop = (!whole).then_some("0");
    let argument = |(name, value): (String, String)| {
        view! { <dt>{plain::line(&name)}</dt><dd><Plain text=value/></dd> }
    };
    view! {
        {command.map(|text| view! { <pre class="command" tabindex=stop><Plain text/></pre> })}
        {directory.map(|dir| view! { <p class="directory">"in "<code>{plain::line(&dir)}</code></p> })}
        {diffs.into_iter().map(|diff| view! { <DiffView diff stop/> }).collect_view()}
        {(!rest.is_empty()).then(|| view! {
            <dl class="arguments" tabindex=stop aria-label="Arguments">{rest.into_iter().map(argument).collect_view()}</dl>
        })}
    }
}
