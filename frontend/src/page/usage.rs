use super::turns::by_turn;
use crate::api::{self, Trouble};
use crate::component::{Flock, Glyph, Icon, days_chart, table_of};
use crate::hook::{App, Route};
use crate::model::{
    time,
    usage::{Measure, Seen, Sum, seen},
};
use crate::view;
use gaggle_shared::{ProjectId, UsageReport};
use leptos::{prelude::*, task::spawn_local};

/// The periods that can be looked at.
const PERIODS: [(&str, &str); 4] = [("7", "7 days"), ("", "30 days"), ("90", "90 days"), ("366", "A year")];

/// What all projects of a user used.
pub(crate) fn usage() -> AnyView {
    view! {
        <header class="page-bar"><h1>"Usage"</h1></header>
        <div class="page-body" tabindex="-1">{usage_of(None)}</div>
    }
}

/// What one project used.
pub(crate) fn project_usage(id: ProjectId) -> AnyView {
    view! { <div class="page-body" tabindex="-1">{usage_of(Some(id))}</div> }
}

fn usage_of(only: Option<ProjectId>) -> AnyView {
    let (app, route) = (App::get(), Route::get());
    let days = route.asked("days");
    let measure = RwSignal::new(Measure::default());
    let read = RwSignal::new(None::<Result<UsageReport, Trouble>>);
    let latest = StoredValue::new(0_u32);
    // Read anew when another turn ended somewhere: the sums of the fleet say so.
    let used = Memo::new(move |_| app.fleet.read().used_today());
    let (of, file_of) = (only.clone(), only.clone());
    Effect::new(move |_| {
        let Some(user) = app.user.get() else { return };
        let (days, of) = (days.get(), of.clone());
        used.get();
        let asked = latest.get_value() + 1;
        latest.set_value(asked);
        spawn_local(async move {
            let answer = api::User(user).usage(&days, of.as_ref()).await;
            // An answer may overtake another: what was asked last counts.
            if latest.try_get_value() == Some(asked) {
                read.set(Some(answer));
            }
        });
    });
    let all = Memo::new(move |_| match &*read.read() {
        Some(Ok(report)) => Some(seen(report, None)),
        _ => None,
    });
    let empty = Memo::new(move |_| all.read().as_ref().map(|all| all.total.turns == 0));
    let csv = move || app.user.get().map(|user| api::User(user).usage_file(&days.get(), file_of.as_ref()));
    let period = move |(key, label): (&'static str, &'static str)| {
        view! {
            <button class="filter" aria-pressed=move || (days.get() == key).to_string() on:click=move |_| route.ask("days", key)>
                {label}
            </button>
        }
    };
    let choice = move |this: Measure| {
        view! {
            <button class="filter" aria-pressed=move || (measure.get() == this).to_string() on:click=move |_| measure.set(this)>
                {this.label()}
            </button>
        }
    };
    view! {
        <div class="usage">
            <div class="tools">
                <div class="filters" role="group" aria-label="Period">{PERIODS.map(period)}</div>
                <span class="grow"></span>
                <div class="filters" role="group" aria-label="Measure">{Measure::ALL.map(choice)}</div>
                <a class="btn small" href=csv download=""><Icon glyph=Glyph::Save/>"CSV"</a>
            </div>
            {move || match &*read.read() {
                None => view! { <i class="skeleton tall"></i> },
                Some(Err(trouble)) => view! { <p class="error" role="alert">{trouble.message()}</p> },
                Some(Ok(_)) => ().into_any(),
            }}
            <Show when=move || empty.get() == Some(true)>{nothing()}</Show>
            <Show when=move || empty.get() == Some(false)>{body(all, measure, only.clone(), app)}</Show>
        </div>
    }
}

fn nothing() -> AnyView {
    view! {
        <div class="empty">
            <Flock/>
            <h2>"Nothing used in this time"</h2>
            <p>"Each turn counts its tokens, and its cost where the provider's prices are known. They are kept as long as the project is."</p>
        </div>
    }
}

/// Signals all the way down: a turn that ends elsewhere changes figures, and takes the focus from nothing.
fn body(all: Memo<Option<Seen>>, measure: RwSignal<Measure>, only: Option<ProjectId>, app: App) -> AnyView {
    let base = app.user.get_untracked().map(|user| format!("/u/{user}"));
    let tiles = move || {
        let Seen { total, today, .. } = all.get()?;
        Some(view! {
            {tile("Today", &today)}
            {tile("In this time", &total)}
            <div class="tile">
                <dt>"A turn, on average"</dt>
                <dd>{format!("{} tokens", time::count(total.tokens / total.turns.max(1)))}</dd>
                <dd class="dim">{total.cost.map(|cost| time::money(cost / total.turns.max(1) as f64))}</dd>
            </div>
        })
    };
    let of = move |what: fn(&Seen) -> Vec<Sum>| {
        Signal::from(Memo::new(move |_| all.read().as_ref().map(what).unwrap_or_default()))
    };
    let used_days = |all: &Seen| all.days.iter().rev().filter(|day| day.turns > 0).cloned().collect();
    view! {
        <dl class="tiles">{tiles}</dl>
        {days_chart(of(|all| all.days.clone()), measure.into(), "Use by day")}
        {only.is_none().then(|| view! {
            <section><h2>"By project"</h2>{table_of(of(|all| all.projects.clone()), "Project", base)}</section>
        })}
        <section><h2>"By model"</h2>{table_of(of(|all| all.models.clone()), "Model", None)}</section>
        <section><h2>"By day"</h2>{table_of(of(used_days), "Day", None)}</section>
        {only.map(|id| view! { <section><h2>"By turn"</h2>{by_turn(id)}</section> })}
        <p class="note">"Days are in UTC. Cost is what the agent reports, in US dollars; where it knows no price there is a dash."</p>
    }
}

fn tile(name: &'static str, sum: &Sum) -> AnyView {
    let cost = sum.cost.map(time::money);
    view! {
        <div class="tile">
            <dt>{name}</dt>
            <dd>{cost.clone().unwrap_or_else(|| format!("{} tokens", time::count(sum.tokens)))}</dd>
            <dd class="dim">
                {cost.map(|_| format!("{} tokens, ", time::count(sum.tokens)))}
                {if sum.turns == 1 { "1 turn".to_owned() } else { format!("{} turns", sum.turns) }}
            </dd>
        </div>
    }
}
