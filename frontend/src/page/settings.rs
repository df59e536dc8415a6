use crate::component::{Glyph, Icon};
use crate::hook::{App, Feed, focus};
use crate::model::setting::{Kind, wrong};
use crate::view;
use gaggle_shared::{
    Info, Mode, Project, ProjectName, RuntimeKind, Settings as Wished, SettingsPatch, Span, UpdateProject,
};
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// A setting as it is typed.
#[derive(Clone, Copy)]
struct Typed {
    text: RwSignal<String>,
    kind: Kind,
}

impl Typed {
    fn new(kind: Kind, value: Option<String>) -> Self {
        Self { text: RwSignal::new(value.unwrap_or_default()), kind }
    }

    fn wrong(self) -> Option<&'static str> {
        wrong(self.kind, &self.text.read())
    }

    fn value(self) -> Option<String> {
        Some(self.text.get_untracked().trim().to_owned()).filter(|text| !text.is_empty())
    }
}

/// What may be set, with what it does and what holds while it is not.
#[component]
pub(crate) fn Settings(project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let first = project.get_untracked();
    let set = first.settings.clone();
    let name = Typed::new(Kind::Name, Some(first.name.to_string()));
    let (provider, model) = (Typed::new(Kind::Word, set.provider), Typed::new(Kind::Word, set.model));
    let mode = RwSignal::new(set.mode.map(|mode| mode.as_str().to_owned()).unwrap_or_default());
    let span = |span: Option<Span>| Typed::new(Kind::Time, span.map(|span| span.to_string()));
    let (idle, permission) = (span(set.idle_timeout), span(set.permission_timeout));
    let (cpu, memory) = (Typed::new(Kind::Cpu, set.cpu), Typed::new(Kind::Bytes, set.memory));
    let storage = Typed::new(Kind::Bytes, set.storage);
    let all = [name, provider, model, idle, permission, cpu, memory, storage];
    let busy = RwSignal::new(false);
    let said = RwSignal::new(None::<Result<(), String>>);
    let pods = Memo::new(move |_| {
        app.info.read().as_ref().is_some_and(|info| info.runtime == RuntimeKind::Kubernetes)
    });
    let bad = Memo::new(move |_| all.iter().filter(|typed| typed.wrong().is_some()).count());
    // What is on the page and not yet at the server.
    let changed = Memo::new(move |_| {
        let now = Wished {
            provider: text_of(provider),
            model: text_of(model),
            mode: mode_of(&mode.read()),
            idle_timeout: span_of(idle),
            permission_timeout: span_of(permission),
            cpu: text_of(cpu),
            memory: text_of(memory),
            storage: text_of(storage),
        };
        let project = project.read();
        now != project.settings || *name.text.read().trim() != *project.name.as_str()
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok(new_name) = ProjectName::parse(&name.text.get_untracked()) else { return };
        if busy.get_untracked() || bad.get_untracked() > 0 {
            return;
        }
        let patch = UpdateProject {
            name: (project.read_untracked().name != new_name).then_some(new_name),
            settings: Some(SettingsPatch {
                provider: Some(provider.value()),
                model: Some(model.value()),
                mode: Some(mode_of(&mode.read_untracked())),
                idle_timeout: Some(idle.value().and_then(|text| Span::parse(&text).ok())),
                permission_timeout: Some(permission.value().and_then(|text| Span::parse(&text).ok())),
                cpu: Some(cpu.value()),
                memory: Some(memory.value()),
                storage: Some(storage.value()),
            }),
        };
        busy.set(true);
        let api = feed.api();
        spawn_local(async move {
            let result = api.update(&patch).await;
            let _ = busy.try_set(false);
            let result = result.map(|project| app.fleet.update(|fleet| fleet.put(project)));
            let _ = said.try_set(Some(result.map_err(|trouble| trouble.message())));
            focus("settings-said");
        });
    };
    // What holds while a setting is empty: as the server says, not as this page thinks.
    let server = move |of: fn(&Info) -> Option<String>| {
        Signal::derive(move || app.info.read().as_ref().and_then(of).unwrap_or_default())
    };
    let model_of = move |of: fn(&Info) -> Option<String>| {
        Signal::derive(move || {
            let told = app.info.read().as_ref().and_then(of);
            told.map_or_else(|| "the demo model".to_owned(), |name| format!("{name}, the server's"))
        })
    };
    let default_mode =
        Memo::new(move |_| app.info.read().as_ref().and_then(|info| info.defaults.mode).unwrap_or_default());
    view! {
        <div class="page-body record" tabindex="0" role="region" aria-label="Settings">
            <form class="settings" on:submit=save on:input=move |_| said.set(None)>
                <Show when=move || project.read().restart_needed>
                    <div class="banner soft">
                        <p>"Some changes take effect when its agent starts the next time."</p>
                        <button type="button" class="btn small" on:click=move |_| app.deactivate(&project.read_untracked().id)>
                            "Put it to sleep now"
                        </button>
                    </div>
                </Show>
                {part("General", "")}
                {field("Name", name, String::new().into(), "Unique among your projects. Its address stays the same.")}
                {part("Agent", "How it works, and with which model.")}
                <div class="field">
                    <label for="mode">"Mode"</label>
                    <span class="select">
                        <select id="mode" aria-describedby="mode-help" prop:value=mode on:change=move |e| {
                            mode.set(event_target_value(&e));
                            said.set(None);
                        }>
                            <option value="">{move || format!("Default: {}", mode_words(default_mode.get()).to_lowercase())}</option>
                            {MODES.map(|mode| view! { <option value=mode.as_str()>{mode_words(mode)}</option> })}
                        </select>
                        <Icon glyph=Glyph::Down/>
                    </span>
                    <small id="mode-help">{move || match mode_of(&mode.read()).unwrap_or(default_mode.get()) {
                        Mode::Auto => "It writes, runs and deletes without a question. For work that you can lose.",
                        Mode::Approve => "It asks before each tool, also before reading. Slow, and you see everything.",
                        Mode::Chat => "It can only answer: no files, no commands.",
                        Mode::SmartApprove => "It reads freely and asks before it writes or runs something.",
                    }}</small>
                </div>
                {field("Provider", provider, model_of(|info| info.provider.clone()), "Goose's name of a model provider, such as anthropic or openai. From the next start of its agent.")}
                {field("Model", model, model_of(|info| info.model.clone()), "The provider's name of the model. From the next start of its agent.")}
                {part("Sleep and patience", "A sleeping agent costs nothing; any message wakes it.")}
                {field("Falls asleep after", idle, server(|info| info.defaults.idle_timeout.map(span_words)), "Without work for so long it goes to sleep: 45s, 30m, 2h; 0 keeps it awake for ever.")}
                {field("Approvals wait", permission, server(|info| info.defaults.permission_timeout.map(span_words)), "What nobody answers in this time is rejected and ends the turn.")}
                <Show when=move || pods.get()>
                    {part("Resources", "What its pod asks of the cluster, from its next start.")}
                    {field("CPU", cpu, server(|info| info.defaults.cpu.clone()), "500m is half a core. Too much, and no node may have room.")}
                    {field("Memory", memory, server(|info| info.defaults.memory.clone()), "Beyond it the agent is killed and starts anew.")}
                    {field("Storage", storage, server(|info| info.defaults.storage.clone()), "The volume with its files. It can grow, not shrink.")}
                </Show>
                <div class="save-bar">
                    <button class="btn primary" type="submit" disabled=move || { busy.get() || bad.get() > 0 || !changed.get() }>
                        {move || if busy.get() { "Saving…" } else { "Save" }}
                    </button>
                    <span id="settings-said" role="status" tabindex="-1">
                        {move || match (said.get(), bad.get(), changed.get()) {
                            (Some(Ok(())), ..) => view! { <span class="good">"Saved"</span> },
                            (Some(Err(message)), ..) => view! { <span class="error">{message}</span> },
                            (None, 1.., _) => view! { <span class="error">"Something above cannot be saved like this."</span> },
                            (None, 0, true) => view! { <span class="dim">"Not saved yet"</span> },
                            (None, 0, false) => ().into_any(),
                        }}
                    </span>
                </div>
            </form>
            <section class="danger-zone" aria-label="Delete">
                <div>
                    <h2>"Delete this project"</h2>
                    <p class="dim">"Its workspace, conversations and records go for good."</p>
                </div>
                <button class="btn danger" on:click=move |_| app.deleting.set(Some(project.get_untracked()))>"Delete…"</button>
            </section>
        </div>
    }
}

fn text_of(typed: Typed) -> Option<String> {
    Some(typed.text.read().trim().to_owned()).filter(|text| !text.is_empty())
}

fn span_of(typed: Typed) -> Option<Span> {
    Span::parse(typed.text.read().trim()).ok()
}

/// The modes, the usual one first.
const MODES: [Mode; 4] = [Mode::SmartApprove, Mode::Approve, Mode::Auto, Mode::Chat];

fn mode_of(name: &str) -> Option<Mode> {
    MODES.into_iter().find(|mode| mode.as_str() == name)
}

const fn mode_words(mode: Mode) -> &'static str {
    match mode {
        Mode::SmartApprove => "Ask before what writes or runs",
        Mode::Approve => "Ask before every tool",
        Mode::Auto => "Everything without asking",
        Mode::Chat => "No tools, only talk",
    }
}

fn span_words(span: Span) -> String {
    if span.is_zero() { "never".into() } else { span.to_string() }
}

fn part(name: &'static str, words: &'static str) -> AnyView {
    view! { <div class="settings-part"><h2>{name}</h2><p class="dim">{words}</p></div> }
}

/// One setting: what it is, what holds while it is empty, what it does, and what is wrong with it.
fn field(label: &'static str, typed: Typed, default: Signal<String>, help: &'static str) -> AnyView {
    let id = label.to_lowercase().replace(' ', "-");
    let help_id = format!("{id}-help");
    let placeholder = move || {
        Some(default.read()).filter(|text| !text.is_empty()).map(|text| format!("Default: {}", *text))
    };
    view! {
        <div class="field" class:bad=move || typed.wrong().is_some()>
            <label for=id.clone()>{label}</label>
            <input
                id=id
                class="input"
                type="text"
                autocomplete="off"
                spellcheck="false"
                placeholder=placeholder
                aria-describedby=help_id.clone()
                aria-invalid=move || typed.wrong().is_some().to_string()
                prop:value=typed.text
                on:input=move |event| typed.text.set(event_target_value(&event))
            />
            <small id=help_id>
                {move || typed.wrong().unwrap_or(help)}
                // While the field is empty it says so itself.
                {move || Some(default.get()).filter(|default| !default.is_empty() && !typed.text.read().is_empty() && typed.wrong().is_none()).map(|default| {
                    view! { <span class="default">{format!(" Default: {default}.")}</span> }
                })}
            </small>
        </div>
    }
}
