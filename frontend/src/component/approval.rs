use super::diff::DiffView;
use super::icon::Icon;
use super::plain::Plain;
use super::tool::glyph;
use crate::api::Project;
use crate::hook::{App, clock_time};
use crate::model::{plain, time, tool};
use crate::view;
use gaggle_shared::{Code, Isolation, OptionKind, Permission, PermissionOption};
use leptos::{ev, prelude::*};

/// How long a card that just got the focus ignores keys: they were meant for something else.
const DEAF_MS: f64 = 500.0;

/// An approval with all it covers; nothing of the command is cut off before the buttons.
#[component]
pub(crate) fn Approval(
    permission: Permission,
    api: Project,
    /// "1 of 3", where there are more.
    #[prop(optional, into)]
    place: Option<Signal<String>>,
) -> impl IntoView {
    let app = App::get();
    let mut permission = permission;
    // What reaches least comes first; all look the same.
    permission.options.sort_by_key(|option| tool::reach(option.kind));
    let Permission { id, options, tool_call: call, created_at, expires_at, .. } = permission;
    let busy = RwSignal::new(false);
    let comment = RwSignal::new(String::new());
    let rejecting = RwSignal::new(None::<String>);
    let focused = StoredValue::new(f64::INFINITY);

    let answer = Callback::new(move |option: PermissionOption| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let (api, id) = (api.clone(), id.clone());
        let said = comment.get_untracked().trim().to_owned();
        let said = (rejects(option.kind) && !said.is_empty()).then_some(said);
        app.act("The answer did not arrive", async move {
            let result = api.answer(&id, option.id, said).await;
            busy.set(false);
            match result {
                // Somebody was faster: the journal says who, and the card goes.
                Err(trouble) if trouble.code() == Some(Code::PermissionAlreadyAnswered) => {
                    app.toast(trouble.message(), None, false);
                    Ok(())
                }
                result => result,
            }
        });
    });
    let pick = move |option: PermissionOption| {
        let open = rejecting.get_untracked().as_ref() == Some(&option.id);
        // A first "no" opens the comment; the second one sends it.
        if rejects(option.kind) && !open {
            rejecting.set(Some(option.id));
        } else {
            answer.run(option);
        }
    };
    let keyed = options.clone();
    let keys = move |event: ev::KeyboardEvent| {
        let typing = event.target() != event.current_target();
        if typing || event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat() {
            return;
        }
        if js_sys::Date::now() - focused.get_value() < DEAF_MS {
            return;
        }
        let at = event.key().parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        if let Some(option) = at.and_then(|at| keyed.get(at)) {
            event.prevent_default();
            pick(option.clone());
        }
    };
    let send_comment = {
        let options = options.clone();
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            let chosen = rejecting.get_untracked();
            if let Some(option) = options.iter().find(|option| Some(&option.id) == chosen.as_ref()) {
                answer.run(option.clone());
            }
        }
    };
    let local = move || app.info.read().as_ref().is_none_or(|info| info.isolation == Isolation::None);
    let title = plain::line(&call.title);
    let head = tool::question(&call);
    let whole = tool::command(&call);
    let diffs = tool::diffs(&call);
    let arguments = if whole.is_some() || !diffs.is_empty() { None } else { tool::arguments(&call) };
    let path = tool::path(&call).filter(|_| diffs.is_empty() && whole.is_none());
    let expires = expires_at;
    let buttons = options.into_iter().enumerate().map(move |(at, option)| {
        let chosen = option.clone();
        let this = option.id.clone();
        view! {
            <button
                class="btn"
                class:reject=rejects(option.kind)
                class:chosen=move || rejecting.read().as_ref() == Some(&this)
                disabled=busy
                on:click=move |_| pick(chosen.clone())
            >
                <span class="option">
                    {plain::line(&tool::option_label(&option.name))}
                    <small>{tool::covers(option.kind)}</small>
                </span>
                <kbd aria-hidden="true">{at + 1}</kbd>
            </button>
        }
    });
    view! {
        <div
            class="approval"
            role="group"
            tabindex="0"
            aria-label=format!("Approval: {head}")
            on:focus=move |_| focused.set_value(js_sys::Date::now())
            on:keydown=keys
        >
            <header>
                <Icon glyph=glyph(call.kind)/>
                <strong>{head}</strong>
                {place.map(|place| move || {
                    let place = place.get();
                    (!place.is_empty()).then(|| view! { <span class="place">{place}</span> })
                })}
                <span class="grow"></span>
                <time title=format!("Asked at {}", clock_time(created_at))>
                    {move || time::about(time::ms_between(created_at, app.now.get()))}
                </time>
            </header>
            <div class="approval-body">
                {match whole {
                    Some(text) => view! { <pre class="command" tabindex="0"><Plain text/></pre> }.into_any(),
                    // The head of a diff names the tool's file already.
                    None if diffs.iter().any(|diff| title.ends_with(&diff.path)) => ().into_any(),
                    None => view! { <p class="approval-title">{title}</p> }.into_any(),
                }}
                {path.map(|path| view! { <p><code>{plain::line(&path)}</code></p> })}
                {arguments.map(|text| view! { <pre class="arguments" tabindex="0"><Plain text/></pre> })}
                {diffs.into_iter().map(|diff| view! { <DiffView diff/> }).collect_view()}
                <p class="where">
                    {tool::directory(&call).map_or_else(|| "In the project's workspace; ".to_owned(), |dir| format!("In {}; ", plain::line(&dir)))}
                    {move || if local() { "runs on this computer, as you" } else { "runs in the project's own container" }}
                </p>
            </div>
            <footer>
                <div class="buttons start">{buttons.collect_view()}</div>
                <span class="left">"rejected in "{move || time::left(expires, app.now.get())}</span>
            </footer>
            <Show when=move || rejecting.read().is_some()>
                <form class="comment" on:submit=send_comment.clone()>
                    <label class="sr" for="why">"What should it do instead?"</label>
                    <input
                        id="why"
                        class="input"
                        type="text"
                        autofocus
                        maxlength="2000"
                        placeholder="What should it do instead? (optional)"
                        prop:value=comment
                        on:input=move |event| comment.set(event_target_value(&event))
                    />
                    <button class="btn danger" type="submit" disabled=busy>"Reject"</button>
                    <button class="btn ghost" type="button" on:click=move |_| rejecting.set(None)>"Back"</button>
                </form>
            </Show>
        </div>
    }
}

const fn rejects(kind: OptionKind) -> bool {
    matches!(kind, OptionKind::RejectOnce | OptionKind::RejectAlways)
}
