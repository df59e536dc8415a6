use super::called::Called;
use super::icon::{Glyph, Icon};
use super::plain::Plain;
use crate::hook::{App, Feed};
use crate::model::{ansi, plain, time, tool};
use crate::view;
use gaggle_shared::{Part, ToolCall, ToolKind, ToolStatus};
use leptos::prelude::*;

/// A tool's work: a quiet line that opens to its whole command, output and changes. Open while it runs, when it
/// failed and while it is the last one, until a person decides otherwise.
#[component]
pub(crate) fn ToolCard(part: ArcRwSignal<Part>, #[prop(into)] last: Signal<bool>) -> impl IntoView {
    let part = RwSignal::from(part);
    let call = Memo::new(move |_| match &*part.read() {
        Part::Tool { tool_call } => Some(tool_call.clone()),
        _ => None,
    });
    let feed = use_context::<Feed>();
    let status = Memo::new(move |_| {
        let stage = |call: &ToolCall| {
            tool::stage(call, || feed.and_then(|feed| feed.with(|chat| chat.leave(&call.id))))
        };
        call.read().as_ref().map_or(ToolStatus::Pending, stage)
    });
    // Out, and something of the conversation waits for a person.
    let held = Memo::new(move |_| {
        let out = status.get() == ToolStatus::Pending
            && call.read().as_ref().is_some_and(|call| call.ended_at.is_none());
        out && feed.is_some_and(|feed| feed.with(|chat| chat.held(&feed.session.read())))
    });
    // Its question stands below with all that is asked: here one line says that it waits.
    let asked = Memo::new(move |_| {
        let waits = call.read().as_ref().filter(|call| call.ended_at.is_none()).map(|call| call.id.clone());
        waits.zip(feed).is_some_and(|(id, feed)| feed.with(|chat| chat.asks(&id)))
    });
    let chosen = RwSignal::new(None::<bool>);
    let open = Memo::new(move |_| {
        let shown = matches!(status.get(), ToolStatus::Running | ToolStatus::Failed);
        chosen.get().unwrap_or_else(|| (shown || last.get()) && !asked.get())
    });
    let head = Memo::new(move |_| call.read().as_ref().map(tool::head));
    view! {
        <div class=move || if asked.get() { "tool waits" } else { class(status.get()) }>
            <button
                class="tool-head"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| chosen.set(Some(!open.get_untracked()))
            >
                <span class="tool-sign">
                    {move || if asked.get() { view! { <i class="dot wait"></i> }.into_any() } else { sign(status.get()) }}
                </span>
                <span class="tool-verb">{move || head.get().map(|head| head.verb)}</span>
                <code class="tool-subject">{move || head.get().map(|head| plain::line(&head.subject))}</code>
                <span class="grow"></span>
                <span class="tool-note">{move || match asked.get() {
                    true => Some("waits for your answer".to_owned()),
                    false if held.get() => Some(tool::status(ToolStatus::Pending).to_owned()),
                    false => call.read().as_ref().map(|call| note(call, status.get())),
                }}</span>
                <Icon glyph=Glyph::Down/>
            </button>
            <Show when=move || open.get()>
                <div class="tool-body">{move || call.get().map(|call| view! { <Body call/> })}</div>
            </Show>
        </div>
    }
}

#[component]
fn Body(call: ToolCall) -> impl IntoView {
    let output = ansi::strip(&call.output);
    let quiet = output.trim().is_empty();
    view! {
        <Called shown=tool::shown(&call)/>
        {(!quiet).then(|| view! { <pre class="output" tabindex="0" aria-label="Output"><Plain text=output/></pre> })}
    }
}

fn class(status: ToolStatus) -> &'static str {
    match status {
        ToolStatus::Pending => "tool pending",
        ToolStatus::Running => "tool running",
        ToolStatus::Completed => "tool completed",
        ToolStatus::Failed => "tool failed",
        ToolStatus::Rejected => "tool rejected",
    }
}

fn sign(status: ToolStatus) -> AnyView {
    match status {
        ToolStatus::Completed => view! { <Icon glyph=Glyph::Check/> }.into_any(),
        ToolStatus::Failed => view! { <Icon glyph=Glyph::Cross/> }.into_any(),
        ToolStatus::Rejected => view! { <Icon glyph=Glyph::Stop/> }.into_any(),
        _ => view! { <i class="spin"></i> }.into_any(),
    }
}

/// What stands at the right: exit code and time, or how long it is out.
fn note(call: &ToolCall, status: ToolStatus) -> String {
    let took = |to| time::took(call.started_at, to);
    match (status, call.ended_at) {
        (ToolStatus::Running | ToolStatus::Pending, None) => {
            time::about(time::ms_between(call.started_at, App::get().now.get()))
        }
        (status, ended) => {
            let mut said = Vec::new();
            match (status, call.exit_code) {
                (_, Some(code)) => said.push(format!("exit {code}")),
                (ToolStatus::Completed, None) => {}
                (status, None) => said.push(tool::status(status).into()),
            }
            said.extend(ended.and_then(took));
            said.join(", ")
        }
    }
}

/// The picture for a kind of work.
pub(crate) const fn glyph(kind: ToolKind) -> Glyph {
    match kind {
        ToolKind::Read | ToolKind::Edit | ToolKind::Move => Glyph::File,
        ToolKind::Delete => Glyph::Bin,
        ToolKind::Search => Glyph::Find,
        ToolKind::Execute => Glyph::Terminal,
        ToolKind::Fetch => Glyph::Globe,
        ToolKind::Think => Glyph::Thought,
        _ => Glyph::Tool,
    }
}
