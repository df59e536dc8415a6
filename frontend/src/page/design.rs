//! All parts of the page at once, for who works on it. Development builds only.

use crate::api;
use crate::component::{
    Approval, FailureCard, Flock, Glyph, Icon, Logo, Modal, Steps, Toasts, ToolCard, card, days_chart,
    table_of,
};
use crate::hook::App;
use crate::model::{
    look::Tone,
    start::Activation,
    usage::{Measure, Sum},
};
use crate::view;
use gaggle_shared::{
    Event, Failure, Part, Permission, Project, ToolCall,
    read::{Read, from_json},
};
use leptos::prelude::*;
use std::sync::Arc;

/// The tones, with the class that sets both colours.
const TONES: [Tone; 6] = [Tone::Wait, Tone::Ok, Tone::Busy, Tone::Bad, Tone::Ready, Tone::Idle];
/// Colours by name.
const COLOURS: [&str; 12] = [
    "paper",
    "surface",
    "sunken",
    "hover",
    "line",
    "line-strong",
    "ink",
    "ink-2",
    "ink-3",
    "brand",
    "brand-soft",
    "focus",
];
/// Sizes of type by name.
const TYPE: [(&str, &str); 6] = [
    ("text-1", "Notes and times"),
    ("text-2", "Controls and facts"),
    ("text-3", "Text"),
    ("text-4", "Names"),
    ("text-5", "Pages"),
    ("text-6", "Figures"),
];

/// The sheet.
pub(crate) fn design() -> AnyView {
    let sum = |name: &str, tokens: u64| Sum {
        name: name.to_owned(),
        turns: tokens / 900,
        tokens,
        input: tokens * 4 / 5,
        output: tokens / 5,
        cost: Some(tokens as f64 / 90_000.0),
        ..Sum::default()
    };
    let days: Vec<_> =
        (1..=20).map(|day| sum(&format!("2026-11-{day:02}"), day * day * 7919 % 41_000)).collect();
    let colour = |name: &&'static str| {
        view! { <li><i class="swatch" style:background=format!("var(--{name})")></i><code>{format!("--{name}")}</code></li> }
    };
    let tone = |tone: &Tone| {
        view! {
            <span class=format!("pill {}", tone.class())><i class=format!("dot live {}", tone.class())></i>{tone.group()}</span>
        }
    };
    let size = |(name, words): &(&'static str, &'static str)| {
        view! { <p style:font-size=format!("var(--{name})")>{*words}" "<code class="dim">{format!("--{name}")}</code></p> }
    };
    let glyphs = [
        Glyph::Grid,
        Glyph::Rows,
        Glyph::Bell,
        Glyph::Chart,
        Glyph::Pulse,
        Glyph::Search,
        Glyph::Plus,
        Glyph::Bin,
        Glyph::Pen,
        Glyph::Copy,
        Glyph::Save,
        Glyph::Check,
        Glyph::Warning,
        Glyph::Terminal,
        Glyph::File,
        Glyph::Clock,
        Glyph::Help,
    ];
    let (app, open) = (App::get(), RwSignal::new(false));
    view! {
        <main class="main design-page">
        <header class="page-bar"><h1>"Design"</h1><span class="dim">"docs/DESIGN.md says why"</span></header>
        <div class="page-body design" tabindex="0" role="region" aria-label="Design">
            <section><h2>"Mark"</h2><p><Logo/></p><Flock/></section>
            <section><h2>"Colours"</h2><ul class="swatches">{COLOURS.iter().map(colour).collect_view()}</ul></section>
            <section><h2>"Tones"</h2><p class="row">{TONES.iter().map(tone).collect_view()}</p></section>
            <section><h2>"Type"</h2>{TYPE.iter().map(size).collect_view()}<p><code>"Figures and commands: --mono"</code></p></section>
            <section>
                <h2>"Buttons"</h2>
                <p class="row">
                    <button class="btn primary">"The next thing"</button><button class="btn">"Another"</button>
                    <button class="btn wait">"Review"</button><button class="btn danger">"Delete"</button>
                    <button class="btn ghost">"Quiet"</button><button class="btn small">"Small"</button>
                    <button class="btn" disabled>"Not now"</button>
                    <button class="btn square" aria-label="Copy"><Icon glyph=Glyph::Copy/></button><kbd>"Ctrl K"</kbd>
                </p>
            </section>
            <section>
                <h2>"Fields"</h2>
                <p class="row">
                    <label class="input search"><Icon glyph=Glyph::Search/><span class="sr">"Search"</span><input type="search" placeholder="Filter"/></label>
                    <label class="check"><input type="checkbox" checked/>"Follow"</label>
                    <progress max="10" value="6" aria-label="Progress"></progress>
                </p>
            </section>
            <section><h2>"Icons"</h2><p class="row">{glyphs.map(|glyph| view! { <Icon glyph/> })}</p></section>
            <section><h2>"Chart and table"</h2>{days_chart(days.clone().into(), Measure::Tokens.into(), "An example")}{table_of(days[15..].to_vec().into(), "Day", None)}</section>
            <section><h2>"Cards"</h2><ul class="design-cards">{cards()}</ul></section>
            <section><h2>"Tools"</h2>{tools()}</section>
            <section><h2>"An approval"</h2>{approval()}</section>
            <section><h2>"A start"</h2><div class="start-card"><Steps activation=Signal::stored(start())/></div></section>
            <section><h2>"A failure"</h2><FailureCard failure=failure()/></section>
            <section>
                <h2>"Notes and dialogs"</h2>
                <p class="row">
                    <button class="btn" on:click=move |_| app.toast("Copied what is shown".into(), None, false)>"A note"</button>
                    <button class="btn" on:click=move |_| app.toast("It was not woken: the server cannot be reached".into(), Some("Is it running?".into()), true)>"A complaint"</button>
                    <button class="btn" on:click=move |_| app.offer_undo("Putting docs site to sleep".into(), None, || ())>"A way back"</button>
                    <button class="btn" on:click=move |_| open.set(true)>"A dialog"</button>
                </p>
                <Modal open close=Callback::new(move |()| open.set(false)) label="An example">
                    <h2>"Delete docs site?"</h2>
                    <p>"Its workspace, conversations and records go for good."</p>
                    <div class="buttons">
                        <button class="btn" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                        <button class="btn danger" on:click=move |_| open.set(false)>"Delete it"</button>
                    </div>
                </Modal>
            </section>
            <section><h2>"Waiting"</h2><i class="skeleton"></i><i class="skeleton short"></i><p class="row"><span class="spin"></span></p></section>
        </div>
        <Toasts/>
        </main>
    }
}

/// A value as the API would give it.
fn made<T: Read>(json: &str) -> T {
    from_json(json).expect("an example of the sheet is of the API's form")
}

/// One project in every state.
fn cards() -> Vec<AnyView> {
    let states = [
        ("billing-service", "active", "waiting", "Wants to use: shell · cargo sqlx migrate run"),
        ("docs site", "active", "working", "Running: edit · guide/install.md"),
        ("mobile app", "activating", "starting", ""),
        ("gpu worker", "failed", "asleep", ""),
        ("load tests", "active", "ready", "The p99 is down to 41 ms, report in bench.md."),
        ("data import", "inactive", "asleep", "All 41 tables imported, two rows skipped."),
    ];
    let card = |(name, phase, state, says): (&str, &str, &str, &str)| {
        let failure = if phase == "failed" { FAILURE } else { "null" };
        let project: Arc<Project> = Arc::new(made(&format!(
            r#"{{"id": "{}", "userId": "alice", "name": "{name}", "createdAt": "2026-11-01T00:00:00Z",
            "desiredState": "active", "phase": "{phase}", "failure": {failure}, "endpoint": null, "resources": null,
            "activity": {{"state": "{state}", "summary": "{says}", "turnId": "t1", "pendingPermissions": [],
            "since": "2026-11-23T10:00:00Z", "awakeReason": "turn", "tokensToday": 41200, "costToday": 1.84}},
            "defaultSessionId": "s1", "lastActivityAt": "2026-11-23T10:00:00Z", "sleepsAt": null,
            "restartNeeded": false, "settings": {{}}}}"#,
            name.replace(' ', "-")
        )));
        let id = Signal::stored(project.id.to_string());
        view! { <li>{card(id, project, Callback::new(|_| ()))}</li> }
    };
    states.into_iter().map(card).collect()
}

const FAILURE: &str = r#"{"code": "unschedulable", "message": "no node has nvidia.com/gpu: 1 free",
    "hint": "lower the request or add a node", "detail": "0/3 nodes are available", "since": "2026-11-23T10:00:00Z"}"#;

fn failure() -> Failure {
    made(FAILURE)
}

const CALL: &str = r#"{"id": "c1", "title": "shell", "kind": "execute", "name": "shell", "status": "STATUS",
    "input": {"command": "cargo test -p billing"}, "output": "test result: ok. 118 passed; 0 failed", "exitCode": 0,
    "diffs": [], "startedAt": "2026-11-23T10:00:00Z", "endedAt": "2026-11-23T10:00:41Z"}"#;

fn tools() -> Vec<AnyView> {
    ["completed", "failed", "rejected"].map(|status| {
        let tool_call: ToolCall = made(&CALL.replace("STATUS", status));
        view! { <ToolCard part=ArcRwSignal::new(Part::Tool { tool_call }) last=Signal::stored(status == "completed")/> }
    }).into()
}

fn approval() -> AnyView {
    let permission: Permission = made(&format!(
        r#"{{"id": "t1-p0", "projectId": "p1", "sessionId": "s1", "turnId": "t1", "toolCall": {}, "state": "pending",
        "options": [{{"id": "once", "name": "Allow once", "kind": "allow_once"}},
        {{"id": "no", "name": "Reject once", "kind": "reject_once"}}], "optionId": null, "answeredBy": null,
        "comment": null, "createdAt": "2026-11-23T10:00:00Z", "expiresAt": "2036-11-23T10:10:00Z", "answeredAt": null}}"#,
        CALL.replace("STATUS", "pending")
    ));
    let api = api::Project { user: made(r#""alice""#), id: made(r#""p1""#) };
    view! { <Approval permission api place=Signal::stored("1 of 3".to_owned())/> }
}

fn start() -> Activation {
    let mut activation = Activation::default();
    for (step, at, ends) in
        [("namespace", 0, 38), ("schedule", 38, 62), ("image", 62, 402), ("agent", 402, 710)]
    {
        for (state, at) in [("started", at), ("done", ends)] {
            activation.apply(
                &made::<Event>(&format!(
                    r#"{{"seq": 1, "at": "2026-11-23T10:00:00Z", "type": "activation.step", "step": "{step}",
                "state": "{state}", "message": "", "elapsedMs": {at}}}"#
                ))
                .body,
            );
        }
    }
    activation
}
