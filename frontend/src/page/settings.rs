use crate::component::{Glyph, Icon};
use crate::hook::{App, Feed, focus};
use crate::model::setting::{Kind, same, wrong};
use crate::view;
use gaggle_shared::{Info, Mode, Project, ProjectName, RuntimeKind, SettingsPatch, Span, UpdateProject};
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// A setting as it is typed.
#[derive(Clone, Copy)]
struct Typed {
    text: RwSignal<String>,
    /// As the project has it.
    set: Memo<String>,
    kind: Kind,
}

impl Typed {
    fn new(kind: Kind, project: Signal<Arc<Project>>, of: fn(&Project) -> Option<String>) -> Self {
        let set = Memo::new(move |_| of(&project.read()).unwrap_or_default());
        let text = RwSignal::new(set.get_untracked());
        // What nobody has touched here follows the project: it may be changed in another window.
        Effect::new(move |before: Option<String>| {
            let now = set.get();
            if before.is_some_and(|before| same(kind, &text.read_untracked(), &before)) {
                text.set(now.clone());
            }
            now
        });
        Self { text, set, kind }
    }

    fn wrong(self) -> Option<&'static str> {
        wrong(self.kind, &self.text.read())
    }

    /// True if it is not as the project has it.
    fn changed(self) -> bool {
        !same(self.kind, &self.text.read(), &self.set.read())
    }

    /// What is to be saved, if it was changed; none in it is the default.
    fn patch(self) -> Option<Option<String>> {
        let text = self.text.get_untracked().trim().to_owned();
        untrack(|| self.changed()).then(|| Some(text).filter(|text| !text.is_empty()))
    }
}

/// What may be set, with what it does and what holds while it is not.
#[component]
pub(crate) fn Settings(project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let typed = |kind, of| Typed::new(kind, project, of);
    let name = typed(Kind::Name, |one| Some(one.name.to_string()));
    let provider = typed(Kind::Word, |one| one.settings.provider.clone());
    let model = typed(Kind::Word, |one| one.settings.model.clone());
    let mode = typed(Kind::Word, |one| one.settings.mode.map(|mode| mode.as_str().to_owned()));
    let idle = typed(Kind::Time, |one| one.settings.idle_timeout.map(|span| span.to_string()));
    let permission = typed(Kind::Time, |one| one.settings.permission_timeout.map(|span| span.to_string()));
    let cpu = typed(Kind::Cpu, |one| one.settings.cpu.clone());
    let memory = typed(Kind::Bytes, |one| one.settings.memory.clone());
    let storage = typed(Kind::Bytes, |one| one.settings.storage.clone());
    let all = [name, provider, model, mode, idle, permission, cpu, memory, storage];
    let busy = RwSignal::new(false);
    let said = RwSignal::new(None::<Result<(), String>>);
    let pods = Memo::new(move |_| {
        app.info.read().as_ref().is_some_and(|info| info.runtime == RuntimeKind::Kubernetes)
    });
    let bad = Memo::new(move |_| all.iter().filter(|typed| typed.wrong().is_some()).count());
    // What is on the page and not yet at the server.
    let changed = Memo::new(move |_| all.iter().any(|typed| typed.changed()));
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || bad.get_untracked() > 0 {
            return;
        }
        let span = |text: Option<String>| text.and_then(|text| Span::parse(&text).ok());
        // What was not touched stays what it is, also if it is something else by now.
        let patch = UpdateProject {
            name: name.patch().flatten().and_then(|name| ProjectName::parse(&name).ok()),
            settings: Some(SettingsPatch {
                provider: provider.patch(),
                model: model.patch(),
                mode: mode.patch().map(|name| mode_of(&name.unwrap_or_default())),
                idle_timeout: idle.patch().map(span),
                permission_timeout: permission.patch().map(span),
                cpu: cpu.patch(),
                memory: memory.patch(),
                storage: storage.patch(),
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
                        <select id="mode" aria-describedby="mode-help" prop:value=mode.text on:change=move |e| {
                            mode.text.set(event_target_value(&e));
                            said.set(None);
                        }>
                            <option value="">{move || format!("Default: {}", mode_words(default_mode.get()).to_lowercase())}</option>
                            {MODES.map(|mode| view! { <option value=mode.as_str()>{mode_words(mode)}</option> })}
                        </select>
                        <Icon glyph=Glyph::Down/>
                    </span>
                    <small id="mode-help">{move || match mode_of(&mode.text.read()).unwrap_or(default_mode.get()) {
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
