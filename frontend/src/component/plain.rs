use crate::model::plain::{Piece, pieces};
use crate::view;
use leptos::prelude::*;

/// Text of an agent, exactly: hidden and direction-changing characters are shown by their names.
#[component]
pub(crate) fn Plain(#[prop(into)] text: Signal<String>) -> impl IntoView {
    move || {
        pieces(&text.read())
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.into_any(),
                Piece::Mark(name) => {
                    view! { <span class="mark" title="A character that is not seen">{name}</span> }.into_any()
                }
            })
            .collect_view()
    }
}
