use crate::api::Trouble;
use crate::component::{Glyph, Icon, Plain};
use crate::hook::{App, Feed, copy};
use crate::model::{
    place::{self, Command, Object},
    plain,
};
use crate::view;
use gaggle_shared::{Code, EndpointVia, Isolation, Project, RuntimeKind};
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// What stands behind a project: where it runs, how it is reached, and how one looks at it by hand.
pub(crate) fn resources(project: Signal<Arc<Project>>) -> AnyView {
    let app = App::get();
    let local =
        Memo::new(move |_| app.info.read().as_ref().is_none_or(|info| info.runtime == RuntimeKind::Local));
    view! {
        <div class="page-body resources" tabindex="-1">
            {move || if local.get() { here(project, app) } else { cluster(project) }}
            {move || endpoint(&project.read())}
            <section>
                <h2>"From a terminal"</h2>
                {move || {
                    let server = window().location().origin().unwrap_or_default();
                    let cluster = project.read().resources.as_ref().map(place::kubectl).unwrap_or_default();
                    commands(cluster.into_iter().chain(place::gaggle(&project.read(), &server)).collect())
                }}
            </section>
            <Manifests local=local.into()/>
        </div>
    }
}

/// A process of this computer, in honest words.
fn here(project: Signal<Arc<Project>>, app: App) -> AnyView {
    let host = move || app.info.read().as_ref().map(|info| info.host.clone()).unwrap_or_default();
    let open = move || app.info.read().as_ref().is_none_or(|info| info.isolation == Isolation::None);
    let awake = move || {
        matches!(project.read().phase, gaggle_shared::Phase::Active | gaggle_shared::Phase::Activating)
    };
    view! {
        <section>
            <h2>"Where it runs"</h2>
            <dl class="facts wide">
                <dt>"Process"</dt>
                <dd>{move || if awake() {
                    format!("a relay and a Goose of its own on {}", plain::line(&host()))
                } else {
                    "none while it sleeps; its files and conversations are kept".to_owned()
                }}</dd>
                <dt>"Folder"</dt>
                <dd>{move || view! { <code>{format!("projects/{}/workspace", project.read().id)}</code> }}" in the server's data directory"</dd>
                <dt>"Runs as"</dt>
                <dd>{move || if open() {
                    "the user who started the server. It can read and change what that user can: it is not isolated."
                } else {
                    "a process that is kept apart by the server's policies"
                }}</dd>
                <dt>"Id"</dt>
                <dd>{move || copyable(project.read().id.to_string())}</dd>
            </dl>
        </section>
    }
}

fn cluster(project: Signal<Arc<Project>>) -> AnyView {
    let objects = Memo::new(move |_| {
        let project = project.read();
        project.resources.as_ref().map(|resources| place::objects(&project, resources)).unwrap_or_default()
    });
    let row = |object: Object| {
        view! { <tr><th scope="row">{object.kind}</th><td>{copyable(object.name)}</td><td class="dim">{object.state}</td></tr> }
    };
    view! {
        <section>
            <h2>"In the cluster"</h2>
            <div class="table-frame" tabindex="0" role="region" aria-label="Objects of the cluster">
                <table class="objects">
                    <thead class="sr"><tr><th scope="col">"Kind"</th><th scope="col">"Name"</th><th scope="col">"State"</th></tr></thead>
                    <tbody>{move || objects.get().into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

fn endpoint(project: &Project) -> AnyView {
    let pending = project.warnings.iter().any(|warning| warning == "endpoint_pending");
    let words = match project.endpoint.as_ref().map(|endpoint| endpoint.via) {
        Some(EndpointVia::Ingress) => "through the Ingress",
        Some(EndpointVia::LoadBalancer) => "through a load balancer",
        Some(EndpointVia::Cluster) => "from inside the cluster",
        Some(EndpointVia::Local) => "from this computer only, with the project's key",
        None => "",
    };
    view! {
        <section>
            <h2>"Endpoint"</h2>
            {match &project.endpoint {
                Some(endpoint) => view! { <p>{copyable(endpoint.url.clone())}" "<span class="dim">{words}</span></p> },
                None => view! { <p class="dim">"None now. Chat does not need one: it goes through this server."</p> },
            }}
            {pending.then(|| view! {
                <p class="banner soft">"The address from outside is still being made. Chat works meanwhile."</p>
            })}
        </section>
    }
}

/// A name with a button that copies it.
fn copyable(text: String) -> AnyView {
    let shown = plain::line(&text);
    let (app, label) = (App::get(), format!("Copy {shown}"));
    view! {
        <span class="copyable">
            <code>{shown}</code>
            <button class="btn ghost small square" aria-label=label title="Copy" on:click=move |_| copied(app, &text)>
                <Icon glyph=Glyph::Copy/>
            </button>
        </span>
    }
}

fn copied(app: App, text: &str) {
    copy(text).then(app, move || app.toast("Copied".into(), None, false));
}

fn commands(list: Vec<Command>) -> AnyView {
    let app = App::get();
    let line = move |command: Command| {
        let (label, kept) = (format!("Copy: {}", command.what), command.line.clone());
        let take = move |_| copied(app, &kept);
        view! {
            <li>
                <span>{command.what}</span>
                <code>{plain::line(&command.line)}</code>
                <button class="btn ghost small square" aria-label=label title="Copy" on:click=take><Icon glyph=Glyph::Copy/></button>
            </li>
        }
    };
    view! { <ul class="shell-lines">{list.into_iter().map(line).collect_view()}</ul> }
}

/// What is applied, as YAML; only a cluster has it.
#[component]
fn Manifests(local: Signal<bool>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let read = RwSignal::new(None::<Result<String, Trouble>>);
    Effect::new(move |_| {
        if local.get() {
            return;
        }
        let api = feed.api();
        spawn_local(async move {
            let text = api.manifests().await;
            let _ = read.try_set(Some(text));
        });
    });
    view! {
        <Show when=move || !local.get()>
            <section>
                <div class="section-head">
                    <h2>"Manifests"</h2>
                    <span class="dim">"as they are applied; secrets are masked"</span>
                    <span class="grow"></span>
                    {move || match read.get() {
                        Some(Ok(text)) => view! {
                            <button class="btn small" on:click=move |_| copied(app, &text)><Icon glyph=Glyph::Copy/>"Copy"</button>
                        },
                        _ => ().into_any(),
                    }}
                </div>
                {move || match read.get() {
                    None => view! { <i class="skeleton tall"></i> },
                    Some(Ok(text)) => view! { <pre class="yaml" tabindex="0" role="region" aria-label="Manifests"><Plain text/></pre> },
                    Some(Err(trouble)) if trouble.code() == Some(Code::NotSupportedByRuntime) => ().into_any(),
                    Some(Err(trouble)) => view! { <p class="error" role="alert">{trouble.message()}</p> },
                }}
            </section>
        </Show>
    }
}
