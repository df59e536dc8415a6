use super::steps::Steps;
use crate::hook::{App, Feed};
use crate::model::time;
use crate::view;
use gaggle_shared::{EndpointVia, Project, RuntimeKind};
use leptos::prelude::*;
use std::sync::Arc;

/// What happened underneath: how it started, where it runs, what it costs. Small, true and live.
#[component]
pub(crate) fn Details(#[prop(into)] project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let activation = Memo::new(move |_| feed.with(|chat| chat.activation.clone()));
    let started = move || {
        let activation = activation.read();
        let total = time::length(activation.total_ms() as i64);
        if activation.done { format!("Started in {total}") } else { "Start".to_owned() }
    };
    let usage = Memo::new(move |_| {
        let session = feed.session.get();
        feed.with(|chat| chat.usage(&session).cloned())
    });
    view! {
        <Show when=move || !activation.read().rows.is_empty()>
            <section>
                <h2>{started}</h2>
                <Steps activation/>
            </section>
        </Show>
        <section>
            <h2>"Where it runs"</h2>
            <dl class="facts">
                {move || facts(&project.read(), app).into_iter().map(|(name, value)| view! {
                    <dt>{name}</dt>
                    <dd><code>{value}</code></dd>
                }).collect_view()}
            </dl>
        </section>
        <section>
            <h2>"Use"</h2>
            <dl class="facts">
                <dt>"Today"</dt>
                <dd>{move || crate::model::look::today(&project.read()).unwrap_or_else(|| "nothing yet".into())}</dd>
                {move || usage.get().map(|usage| view! {
                    // Goose tells the context in use, not always the sum.
                    {(usage.total_tokens > 0).then(|| view! {
                        <dt>"This session"</dt>
                        <dd>{format!("{} tokens", time::count(usage.total_tokens))}</dd>
                    })}
                    {(usage.context_size > 0).then(|| view! {
                        <dt>"Context"</dt>
                        <dd>
                            <meter
                                min="0"
                                max=usage.context_size.to_string()
                                value=usage.context_used.to_string()
                                aria-label="Context used"
                            ></meter>
                            {format!(" {} of {}", time::count(usage.context_used), time::count(usage.context_size))}
                        </dd>
                    })}
                })}
                <dt>"Sleeps"</dt>
                <dd>
                    {move || match (project.read().sleeps_at, project.read().activity.awake_reason) {
                        (Some(at), _) => format!("in {}", time::left(at, app.now.get())),
                        (None, Some(reason)) => crate::model::look::awake(reason).to_owned(),
                        (None, None) => "–".to_owned(),
                    }}
                </dd>
            </dl>
        </section>
    }
}

fn facts(project: &Project, app: App) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    match &project.resources {
        Some(resources) => {
            facts.push(("Namespace", resources.namespace.clone()));
            facts.push(("Deployment", resources.deployment.clone()));
            facts.extend(resources.pod.clone().map(|pod| ("Pod", pod)));
        }
        None => {
            if let Some(info) = &*app.info.read() {
                let place = match info.runtime {
                    RuntimeKind::Local => "a process here, as you",
                    RuntimeKind::Kubernetes => "a pod",
                };
                facts.push(("Agent", place.into()));
                if !info.host.is_empty() {
                    facts.push(("Host", info.host.clone()));
                }
            }
        }
    }
    if let Some(endpoint) = &project.endpoint {
        let name = match endpoint.via {
            EndpointVia::Ingress => "Ingress",
            EndpointVia::LoadBalancer => "Balancer",
            EndpointVia::Cluster | EndpointVia::Local => "Endpoint",
        };
        facts.push((name, endpoint.url.clone()));
    }
    let model =
        project.settings.model.clone().or_else(|| app.info.read().as_ref().and_then(|i| i.model.clone()));
    facts.extend(model.map(|model| ("Model", model)));
    facts.push(("Id", project.id.to_string()));
    facts
}
