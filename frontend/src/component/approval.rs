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

/// The same where somebody was in the middle of an answer: what they type on must not answer another question.
const MIDST: &[&str] = &["#composer", "#main"];

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
    let at_home = shown.command.is_some() && shown.directory.is_none();
    let head = tool::question(&call, &shown);
    let title = tool::title(&call);
    let card = NodeRef::<html::Div>::new();
    let holds = move |at: &web_sys::EventTarget| {
        card.get_untracked().is_some_and(|card| card.contains(at.dyn_ref::<web_sys::Node>()))
    };
    // Once the card goes it is out of the document, and its focus with it: so it is noted that it was here last.
    let inside = StoredValue::new(false);
    let came = move |event: ev::FocusEvent| {
        inside.set_value(true);
        if event.related_target().is_none_or(|from| !holds(&from)) {
            let at = event.target().and_then(|at| at.dyn_into::<web_sys::Element>().ok());
            answering.focused(at.is_some_and(|at| at.matches(":focus-visible").unwrap_or_default()));
        }
    };
    // A browser may tell of the card's own end as of a focus that goes nowhere.
    let left = move |event: ev::FocusEvent| {
        inside.set_value(event.related_target().is_none_or(|to| holds(&to)));
    };
    when_gone(id, inside, answering);
    view! {
        <div
            class="approval"
            role="group"
            tabindex="0"
            aria-label=format!("Approval: {head}")
            node_ref=card
            on:focusin=came
            on:focusout=left
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
                {move || app.info.read().as_ref().map(|info| boundary::line(info, at_home))}
            </p>
            <Answers answering card name=call.name/>
        </div>
    }
}

/// Moves the focus on, and says what came of the question and of what was written, if that was not done here.
fn when_gone(id: PermissionId, inside: StoredValue<bool>, answering: Answering) {
    let (app, feed) = (App::get(), use_context::<Feed>());
    on_cleanup(move || {
        let sent = answering.sent.try_get_untracked().unwrap_or_default();
        let midst = !sent && answering.open.try_get_untracked().flatten().is_some();
        if sent || inside.try_get_value().unwrap_or_default() {
            catch_focus_at(if midst { MIDST } else { NEXT });
        }
        if sent || feed.is_some_and(Feed::is_gone) {
            return;
        }
        let one = feed.and_then(|feed| feed.peek(|chat| chat.permission_of(&id).cloned()));
        let elsewhere = one.as_ref().filter(|one| one.state == PermissionState::Answered);
        let elsewhere = elsewhere.map(|one| format!("Answered elsewhere: {}", asked::words(one)));
        // Who goes to another page leaves a question that still waits.
        let over = match (&one, feed) {
            (Some(one), _) => one.state != PermissionState::Pending,
            (None, Some(_)) => true,
            (None, None) => app.fleet.with_untracked(|all| all.is_known() && !all.pending().contains(&id)),
        };
        let written = answering.comment.try_get_untracked().filter(|said| over && !said.trim().is_empty());
        let lost = written.is_some();
        let hint = written.map(|said| format!("What you wrote was not sent: {said}"));
        if elsewhere.is_some() || lost {
            app.toast(elsewhere.unwrap_or_else(|| "This question is over".to_owned()), hint, lost);
        }
    });
}
