use crate::component::{Glyph, Icon};
use crate::hook::{App, Feed};
use crate::view;
use gaggle_shared::{Mode, Project, ProjectName, RuntimeKind, SettingsPatch, Span, UpdateProject};
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// What may be set, with what it does and what holds while it is not.
#[component]
pub(crate) fn Settings(project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let first = project.get_untracked();
    let set = first.settings.clone();
    let text = |value: Option<String>| RwSignal::new(value.unwrap_or_default());
    let name = RwSignal::new(first.name.to_string());
    let (provider, model) = (text(set.provider), text(set.model));
    let mode = RwSignal::new(set.mode.map(|mode| mode.as_str().to_owned()).unwrap_or_default());
    let idle = text(set.idle_timeout.map(|span| span.to_string()));
    let permission = text(set.permission_timeout.map(|span| span.to_string()));
    let (cpu, memory, storage) = (text(set.cpu), text(set.memory), text(set.storage));
    let busy = RwSignal::new(false);
    let said = RwSignal::new(None::<Result<(), String>>);
    let pods = move || app.info.read().as_ref().is_some_and(|info| info.runtime == RuntimeKind::Kubernetes);
    let bad_name = Memo::new(move |_| ProjectName::parse(&name.read()).is_err());
    let bad_span = |text: RwSignal<String>| {
        Memo::new(move |_| !text.read().is_empty() && Span::parse(&text.read()).is_err())
    };
    let (bad_idle, bad_permission) = (bad_span(idle), bad_span(permission));
    let bad = move || bad_name.get() || bad_idle.get() || bad_permission.get();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let some = |text: RwSignal<String>| {
            Some(Some(text.get_untracked().trim().to_owned()).filter(|t| !t.is_empty()))
        };
        let span = |text: RwSignal<String>| Some(Span::parse(text.get_untracked().trim()).ok());
        let chosen = [Mode::Auto, Mode::Approve, Mode::SmartApprove, Mode::Chat];
        let chosen = chosen.into_iter().find(|known| known.as_str() == mode.get_untracked());
        let Ok(new_name) = ProjectName::parse(&name.get_untracked()) else { return };
        let patch = UpdateProject {
            name: (project.read_untracked().name != new_name).then_some(new_name),
            settings: Some(SettingsPatch {
                provider: some(provider),
                model: some(model),
                mode: Some(chosen),
                idle_timeout: span(idle),
                permission_timeout: span(permission),
                cpu: some(cpu),
                memory: some(memory),
                storage: some(storage),
            }),
        };
        busy.set(true);
        let api = feed.api();
        spawn_local(async move {
            let result = api.update(&patch).await;
            busy.set(false);
            said.set(Some(match result {
                Ok(project) => {
                    app.fleet.update(|fleet| fleet.put(project));
                    Ok(())
                }
                Err(trouble) => Err(trouble.message()),
            }));
        });
    };
    view! {
        <div class="page-body record" tabindex="0" role="region" aria-label="Settings">
            <form class="settings" on:submit=save on:input=move |_| said.set(None)>
                <Show when=move || project.read().restart_needed>
                    <p class="banner">"Some changes take effect when its agent starts the next time. "<strong>"Put it to sleep and wake it to apply them."</strong></p>
                </Show>
                <Field label="Name" help="1 to 100 characters, unique among your projects." bad=bad_name>
                    <input class="input" type="text" maxlength="120" prop:value=name on:input=move |e| name.set(event_target_value(&e))/>
                </Field>
                <Field label="Mode" help="How much the agent may do without asking.">
                    <span class="select">
                        <select prop:value=mode on:change=move |e| mode.set(event_target_value(&e))>
                            <option value="">"Default: ask before what writes or runs"</option>
                            <option value="smart_approve">"Ask before what writes or runs"</option>
                            <option value="approve">"Ask before every tool"</option>
                            <option value="auto">"Everything without asking"</option>
                            <option value="chat">"No tools, only talk"</option>
                        </select>
                        <Icon glyph=Glyph::Down/>
                    </span>
                </Field>
                <Text label="Provider" help="Goose's name of a model provider. Empty: the server's." value=provider/>
                <Text label="Model" help="The provider's model. Empty: the server's." value=model/>
                <Field label="Falls asleep after" help="Without work, such as 45s, 30m or 2h; 0 means never. Empty: the server's, usually 30m." bad=bad_idle>
                    <input class="input" type="text" placeholder="30m" prop:value=idle on:input=move |e| idle.set(event_target_value(&e))/>
                </Field>
                <Field label="Approvals wait" help="After this time without an answer they are rejected. Empty: 10m." bad=bad_permission>
                    <input class="input" type="text" placeholder="10m" prop:value=permission on:input=move |e| permission.set(event_target_value(&e))/>
                </Field>
                <Show when=pods>
                    <Text label="CPU" help="Kubernetes quantity, such as 500m or 2." value=cpu/>
                    <Text label="Memory" help="Kubernetes quantity, such as 1Gi." value=memory/>
                    <Text label="Storage" help="Kubernetes quantity, such as 10Gi. Can grow, not shrink." value=storage/>
                </Show>
                <div class="buttons start">
                    <button class="btn primary" type="submit" disabled=move || busy.get() || bad()>"Save"</button>
                    <span role="status">
                        {move || said.get().map(|said| match said {
                            Ok(()) => view! { <span class="good">"Saved"</span> }.into_any(),
                            Err(message) => view! { <span class="error">{message}</span> }.into_any(),
                        })}
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

#[component]
fn Field(
    label: &'static str,
    help: &'static str,
    #[prop(optional, into)] bad: Option<Signal<bool>>,
    children: Children,
) -> impl IntoView {
    view! {
        <label class="field" class:bad=move || bad.is_some_and(|bad| bad.get())>
            <span>{label}</span>
            {children()}
            <small>{help}</small>
        </label>
    }
}

#[component]
fn Text(label: &'static str, help: &'static str, value: RwSignal<String>) -> impl IntoView {
    view! {
        <Field label help>
            <input class="input" type="text" autocomplete="off" prop:value=value on:input=move |e| value.set(event_target_value(&e))/>
        </Field>
    }
}
