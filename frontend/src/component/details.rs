use super::chart::spark;
use super::copy::CopyIcon;
use super::started::took;
use super::steps::Steps;
use crate::api;
use crate::hook::{App, Feed};
use crate::model::{
    look, plain, time,
    usage::{Seen, seen},
};
use crate::view;
use gaggle_shared::{EndpointVia, Project, RuntimeKind};
use leptos::{prelude::*, task::spawn_local};
use std::sync::Arc;

/// How many days of use are shown.
const DAYS: &str = "14";

/// What happened underneath: how it started, where it runs, what it costs. Small, true and live.
#[component]
pub(crate) fn Details(#[prop(into)] project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let activation = Memo::new(move |_| feed.with(|chat| chat.activation.clone()));
    let took = took(app, feed);
    let started = move || match took.get() {
        Some(took) if activation.read().done => format!("Started in {took}"),
        _ => "Start".to_owned(),
    };
    view! {
        <Show when=move || !activation.read().rows.is_empty()>
            <section>
                <h2>{started}</h2>
                <Steps activation/>
            </section>
        </Show>
        <Context/>
        <Use project/>
        <section>
            <h2>"Where it runs"</h2>
            <dl class="facts">
                {move || facts(&project.read(), app).into_iter().map(|(name, value)| view! {
                    <dt>{name}</dt>
                    <dd><code>{plain::line(&value)}</code></dd>
                }).collect_view()}
                {move || endpoint(&project.read())}
                {move || look::sleeps(&project.read(), app.now.get()).map(|when| view! {
                    <dt>"Sleeps"</dt>
                    <dd>{when}</dd>
                })}
            </dl>
        </section>
        <p class="project-id">
            <code>{move || project.read().id.to_string()}</code>
            <CopyIcon label="Copy the project's id" text=Callback::new(move |()| project.with_untracked(|one| one.id.to_string()))/>
        </p>
    }
}

/// How full the model's context is.
#[component]
fn Context() -> impl IntoView {
    let feed = Feed::get();
    let context = Memo::new(move |_| {
        let session = feed.session.get();
        feed.with(|chat| chat.context(&session))
    });
    let share = |(used, size): (u64, u64)| (100 * used / size.max(1)).min(100);
    let tone = move || match context.get().map(share) {
        Some(90..) => "context-bar bad",
        Some(75..) => "context-bar busy",
        _ => "context-bar",
    };
    view! {
        <Show when=move || context.get().is_some()>
            <section>
                <h2>
                    "Context"<span class="grow"></span>
                    <span class="dim">{move || context.get().map(|all| format!("{} %", share(all)))}</span>
                </h2>
                <div
                    class=tone
                    role="meter"
                    aria-label="Context used"
                    aria-valuemin="0"
                    aria-valuemax=move || context.get().map(|(_, size)| size.to_string())
                    aria-valuenow=move || context.get().map(|(used, _)| used.to_string())
                >
                    <i style:width=move || format!("{}%", context.get().map_or(0, share))></i>
                </div>
                <p class="note">
                    {move || context.get().map(|(used, size)| format!("{} of {} tokens in use", time::count(used), time::count(size)))}
                </p>
            </section>
        </Show>
    }
}

/// What it used in the last days.
#[component]
fn Use(project: Signal<Arc<Project>>) -> impl IntoView {
    let (app, feed) = (App::get(), Feed::get());
    let all = RwSignal::new(None::<Seen>);
    // Read anew whenever a turn has ended.
    let ended = Memo::new(move |_| feed.with(crate::model::chat::Chat::ended));
    Effect::new(move |_| {
        ended.track();
        let Some(user) = app.user.get() else { return };
        let id = project.with_untracked(|project| project.id.clone());
        spawn_local(async move {
            if let Ok(report) = api::User(user).usage(DAYS, Some(&id)).await {
                let _ = all.try_set(Some(seen(&report, None)));
            }
        });
    });
    let days = Signal::derive(move || all.read().as_ref().map(|all| all.days.clone()).unwrap_or_default());
    let some = Memo::new(move |_| all.read().as_ref().is_some_and(|all| all.total.turns > 0));
    let told = |turns: u64, tokens: u64, cost: Option<f64>| {
        let cost = cost.map(|cost| format!(", {}", time::money(cost))).unwrap_or_default();
        let turns = if turns == 1 { "1 turn".to_owned() } else { format!("{turns} turns") };
        format!("{} tokens{cost}, {turns}", time::count(tokens))
    };
    let today = move || match all.read().as_ref().map(|all| all.today.clone()) {
        Some(sum) if sum.turns > 0 => told(sum.turns, sum.tokens, sum.cost),
        _ => look::today(&project.read()).unwrap_or_else(|| "no turn has ended yet".into()),
    };
    let total =
        move || all.read().as_ref().map(|all| told(all.total.turns, all.total.tokens, all.total.cost));
    view! {
        <section>
            <h2>"Tokens, 14 days"</h2>
            <Show when=move || some.get()>{spark(days)}</Show>
            <dl class="facts">
                <dt>"Today"</dt>
                <dd>{today}</dd>
                <Show when=move || some.get()>
                    <dt>"14 days"</dt>
                    <dd>{total}</dd>
                </Show>
            </dl>
        </section>
    }
}

fn endpoint(project: &Project) -> Option<AnyView> {
    let endpoint = project.endpoint.clone()?;
    let name = match endpoint.via {
        EndpointVia::Ingress => "Ingress",
        EndpointVia::LoadBalancer => "Balancer",
        EndpointVia::Cluster | EndpointVia::Local => "Endpoint",
    };
    let url = endpoint.url.clone();
    Some(view! {
        <dt>{name}</dt>
        <dd class="with-copy">
            <code>{plain::line(&endpoint.url)}</code>
            <CopyIcon label="Copy the endpoint" text=Callback::new(move |()| url.clone())/>
        </dd>
    })
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
    let model =
        project.settings.model.clone().or_else(|| app.info.read().as_ref().and_then(|i| i.model.clone()));
    facts.extend(model.map(|model| ("Model", model)));
    facts
}
