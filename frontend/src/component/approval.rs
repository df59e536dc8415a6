use super::answers::Answers;
use super::asked;
use super::called::Called;
use super::icon::Icon;
use super::tool::glyph;
use crate::api::Project;
use crate::hook::{Answering, App, Feed, catch_focus_at, clock_time};
use crate::model::{boundary, plain, tool};
use crate::view;
use gaggle_shared::{Permission, PermissionId, PermissionState};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// Where the focus goes when a card has gone: to the next one, to where one writes, to the content.
const NEXT: &[&str] = &[".approval", "#composer", "#main"];

/// An approval with all it covers; nothing of the command is cut off before the buttons.
#[component]
pub(crate) fn Approval(
    permission: Permission,
    api: Project,
    /// "1 of 3", where there are more.
    #[prop(into)]
    place: Signal<String>,
) -> impl IntoView {
    let app = App::get();
    let answering = Answering::new(&permission, api, place);
    let Permission { id, tool_call: call, created_at, expires_at, .. } = permission;
    let shown = tool::shown(&call);
    let directory = shown.directory.clone();
    let head = tool::question(&call, &shown);
    let title = tool::title(&call);
    let card = NodeRef::<html::Div>::new();
    let came = move |event: ev::FocusEvent| {
        let from = event.related_target().and_then(|from| from.dyn_into::<web_sys::Node>().ok());
        if !card.get_untracked().is_some_and(|card| from.is_some() && card.contains(from.as_ref())) {
            let at = event.target().and_then(|at| at.dyn_into::<web_sys::Element>().ok());
            answering.focused(at.is_some_and(|at| at.matches(":focus-visible").unwrap_or_default()));
        }
    };
    when_gone(id, card, answering);
    view! {
        <div
            class="approval"
            role="group"
            tabindex="0"
            aria-label=format!("Approval: {head}")
            node_ref=card
            on:focusin=came
            on:keydown=move |event| answering.key(&event)
        >
            <header>
                <Icon glyph=glyph(call.kind)/>
                <strong>{head}</strong>
                {call.name.as_deref().map(|name| view! { <code class="tool-name">{plain::line(name)}</code> })}
                {move || Some(place.get()).filter(|place| !place.is_empty()).map(|place| view! { <span class="place">{place}</span> })}
                <span class="grow"></span>
                <time title=format!("Asked at {}", clock_time(created_at))>
                    {move || tool::expiry(expires_at, app.now.get())}
                </time>
            </header>
            <div class="approval-body">
                {title.map(|title| view! { <p class="approval-title">{plain::line(&title)}</p> })}
                <Called shown whole=true/>
            </div>
            <p class="where" title=move || app.info.read().as_ref().map(|info| plain::line(&info.approvals.why))>
                {move || app.info.read().as_ref().map(|info| boundary::line(info, directory.as_deref()))}
            </p>
            <Answers answering card name=call.name/>
        </div>
    }
}

/// Moves the focus on, and says who answered if that was not done here.
fn when_gone(id: PermissionId, card: NodeRef<html::Div>, answering: Answering) {
    let (app, feed) = (App::get(), use_context::<Feed>());
    on_cleanup(move || {
        let sent = answering.sent.try_get_untracked().unwrap_or_default();
        let active = document().active_element();
        let inside = card.try_get_untracked().flatten().is_some_and(|card| card.contains(active.as_deref()));
        if sent || inside {
            catch_focus_at(NEXT);
        }
        let Some(feed) = feed.filter(|feed| !sent && !feed.is_gone()) else { return };
        let words = feed.peek(|chat| {
            let answered = |one: &&Permission| one.state == PermissionState::Answered;
            chat.permission_of(&id).filter(answered).map(asked::words)
        });
        if let Some(words) = words {
            app.toast(format!("Answered elsewhere: {words}"), None, false);
        }
    });
}
