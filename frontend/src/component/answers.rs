use crate::hook::{Answering, rejects};
use crate::model::{plain, tool};
use crate::view;
use gaggle_shared::{OptionKind, PermissionOption};
use leptos::{ev, html, prelude::*};

/// The answers to an approval: those for this call in sight, those for all later calls quiet beside them.
#[component]
pub(crate) fn Answers(
    answering: Answering,
    card: NodeRef<html::Div>,
    #[prop(into)] name: Option<String>,
) -> impl IntoView {
    let back = Callback::new(move |()| {
        answering.open.set(None);
        if let Some(card) = card.get_untracked() {
            let _ = card.focus();
        }
    });
    let button = move |(at, option): (usize, PermissionOption)| {
        let for_all = tool::reaches(option.kind, None).is_some();
        let label = plain::line(&tool::option_label(&option.name));
        view! {
            <button
                type="button"
                class=if for_all { "btn ghost small" } else { "btn" }
                aria-disabled=move || (answering.deaf.get() || answering.sent.get()).to_string()
                // A click by Enter or Space has no count.
                on:click=move |event: ev::MouseEvent| answering.pick(option.clone(), event.detail() == 0)
            >
                {label}
                <kbd aria-hidden="true">{at + 1}</kbd>
            </button>
        }
    };
    // What is for all later calls stands apart, on a line of its own where there is no room for both.
    let buttons = move || {
        let all = answering.options.get_value().into_iter().enumerate();
        let (later, once): (Vec<_>, Vec<_>) =
            all.partition(|(_, option)| tool::reaches(option.kind, None).is_some());
        view! {
            {once.into_iter().map(button).collect_view()}
            <span class="buttons later">{later.into_iter().map(button).collect_view()}</span>
        }
    };
    view! {
        <footer>
            {move || match answering.open.get() {
                None => view! { <div class="buttons start">{buttons()}</div> }.into_any(),
                Some(option) => {
                    let reaches = tool::reaches(option.kind, name.as_deref());
                    view! { <Sure answering option reaches back/> }.into_any()
                }
            }}
        </footer>
    }
}

/// The second step of an answer that rejects, or that is for more than this call.
#[component]
fn Sure(
    answering: Answering,
    option: PermissionOption,
    reaches: Option<String>,
    back: Callback<()>,
) -> impl IntoView {
    let (field, button) = (NodeRef::<html::Input>::new(), NodeRef::<html::Button>::new());
    Effect::new(move |_| {
        let _ = match (field.get(), button.get()) {
            (Some(field), _) => field.focus(),
            (None, Some(button)) => button.focus(),
            _ => Ok(()),
        };
    });
    let label = match option.kind {
        OptionKind::RejectOnce => "Reject".to_owned(),
        _ => plain::line(&tool::option_label(&option.name)),
    };
    let no = rejects(option.kind);
    view! {
        <form
            class="sure"
            on:submit=move |event: ev::SubmitEvent| {
                event.prevent_default();
                answering.give(option.clone());
            }
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.key() == "Escape" && !event.is_composing() {
                    event.stop_propagation();
                    back.run(());
                }
            }
        >
            {reaches.map(|words| view! { <p>{words}</p> })}
            {no.then(|| view! {
                <input
                    class="input"
                    type="text"
                    node_ref=field
                    maxlength="2000"
                    aria-label="What should it do instead?"
                    placeholder="What should it do instead? (optional)"
                    prop:value=answering.comment
                    on:input=move |event| answering.write(event_target_value(&event))
                />
            })}
            <button
                class="btn"
                class:danger=no
                type="submit"
                node_ref=button
                aria-disabled=move || (answering.deaf.get() || answering.sent.get()).to_string()
            >
                {label}
            </button>
            <button class="btn ghost" type="button" on:click=move |_| back.run(())>"Back"</button>
        </form>
    }
}
