use crate::model::{
    time,
    usage::{Measure, Sum, ceiling, short_day},
};
use crate::view;
use gaggle_shared::ProjectId;
use leptos::{ev, prelude::*};

/// Bars over days. One stop for the keyboard: arrows go from day to day, and what each says is read out.
pub(crate) fn days_chart(days: Signal<Vec<Sum>>, measure: Signal<Measure>, label: &'static str) -> AnyView {
    let count = Memo::new(move |_| days.read().len());
    let at = RwSignal::new(count.get_untracked().saturating_sub(1));
    // Another period has other days: the last one is said first.
    Effect::watch(move || count.get(), move |count, _, _| at.set(count.saturating_sub(1)), false);
    let line = Memo::new(move |_| {
        let measure = measure.get();
        ceiling(days.read().iter().map(|day| measure.of(day)).fold(0.0, f64::max))
    });
    let bars = move || {
        let (measure, line, days) = (measure.get(), line.get(), days.read());
        let step = 100.0 / days.len().max(1) as f64;
        let bar = |(index, day): (usize, &Sum)| {
            let high = 100.0 * measure.of(day) / line;
            let shown = if high > 0.0 { high.max(0.8) } else { 0.0 };
            view! {
                <rect
                    class="column"
                    class:on=move || at.get() == index
                    x=format!("{:.3}%", step * index as f64 + step * 0.14)
                    width=format!("{:.3}%", step * 0.72)
                    y=format!("{:.3}%", 100.0 - shown)
                    height=format!("{shown:.3}%")
                    rx="2"
                />
                <rect
                    class="column-area"
                    x=format!("{:.3}%", step * index as f64)
                    width=format!("{step:.3}%")
                    y="0"
                    height="100%"
                    on:mousemove=move |_| if at.get_untracked() != index { at.set(index) }
                />
            }
        };
        days.iter().enumerate().map(bar).collect_view()
    };
    let names = move || {
        let days = days.read();
        let name = |day: Option<&Sum>| view! { <span>{day.map(|day| short_day(&day.name))}</span> };
        let middle = days.get(days.len() / 2).filter(|_| days.len() > 4);
        [name(days.first()), name(middle), name(days.last())]
    };
    let top = move || match measure.get() {
        Measure::Cost => time::money(line.get()),
        _ => time::count(line.get().round() as u64),
    };
    let said = move || days.read().get(at.get()).map(Sum::sentence).unwrap_or_default();
    let keys = move |event: ev::KeyboardEvent| {
        let last = count.get_untracked().saturating_sub(1);
        let to = match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => (at.get_untracked() + 1).min(last),
            "ArrowLeft" | "ArrowDown" => at.get_untracked().saturating_sub(1),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        at.set(to);
    };
    view! {
        <figure class="chart">
            <figcaption class="chart-said">{said}</figcaption>
            <div class="plot-frame">
                <span class="plot-top" aria-hidden="true">{top}</span>
                <div
                    class="plot"
                    tabindex="0"
                    role="slider"
                    aria-label=label
                    aria-valuemin="1"
                    aria-valuemax=move || count.get().max(1).to_string()
                    aria-valuenow=move || (at.get() + 1).to_string()
                    aria-valuetext=said
                    on:keydown=keys
                >
                    <svg aria-hidden="true" focusable="false" width="100%" height="100%">
                        <line class="rule" x1="0" x2="100%" y1="0" y2="0"/>
                        <line class="rule" x1="0" x2="100%" y1="50%" y2="50%"/>
                        {bars}
                    </svg>
                </div>
                <div class="plot-names" aria-hidden="true">{names}</div>
            </div>
        </figure>
    }
}

/// Small bars over days, to be seen at a glance; what they say is read out as one sentence.
pub(crate) fn spark(days: Signal<Vec<Sum>>) -> AnyView {
    let said = move || {
        let days = days.read();
        let used = days.iter().filter(|day| day.tokens > 0);
        let most = days.iter().max_by_key(|day| day.tokens);
        let most = most.map(|day| format!(", most on {}: {}", short_day(&day.name), time::count(day.tokens)));
        format!("Tokens on {} of {} days{}", used.count(), days.len(), most.unwrap_or_default())
    };
    let bars = move || {
        let days = days.read();
        let most = days.iter().map(|day| day.tokens).max().unwrap_or(0).max(1) as f64;
        let step = 100.0 / days.len().max(1) as f64;
        let bar = |(index, day): (usize, &Sum)| {
            let high = (100.0 * day.tokens as f64 / most).max(if day.tokens > 0 { 6.0 } else { 2.5 });
            let title = format!("{}: {}", short_day(&day.name), time::count(day.tokens));
            let class = if day.tokens > 0 { "column" } else { "column none" };
            view! {
                <rect
                    class=class
                    x=format!("{:.2}%", step * index as f64 + step * 0.12)
                    width=format!("{:.2}%", step * 0.76)
                    y=format!("{:.2}%", 100.0 - high)
                    height=format!("{high:.2}%")
                    rx="1.5"
                ><title>{title}</title></rect>
            }
        };
        days.iter().enumerate().map(bar).collect_view()
    };
    view! {
        <svg class="spark" role="img" aria-label=said width="100%" height="46" focusable="false">{bars}</svg>
    }
}

/// What tells a row from the others.
fn key_of(sum: &Sum) -> (String, Option<ProjectId>) {
    (sum.name.clone(), sum.project.clone())
}

/// The same figures as a table, for who reads rather than looks.
pub(crate) fn table_of(sums: Signal<Vec<Sum>>, what: &'static str, link: Option<String>) -> AnyView {
    let greatest = Memo::new(move |_| sums.read().iter().map(|sum| sum.tokens).max().unwrap_or(0).max(1));
    let link = StoredValue::new(link);
    // A row is the same row while its figures change, so that its link keeps the focus.
    let row = move |sum: Sum| {
        let (name, first) = (sum.name.clone(), sum.clone());
        let key = key_of(&sum);
        let now = Memo::new(move |_| {
            sums.read().iter().find(|sum| key_of(sum) == key).cloned().unwrap_or_else(|| first.clone())
        });
        let share = move || format!("{:.1}%", 100.0 * now.read().tokens as f64 / greatest.get() as f64);
        let name = match (link.get_value(), &sum.project) {
            (Some(base), Some(project)) => {
                view! { <a href=format!("{base}/p/{project}/usage")>{name}</a> }
            }
            _ => name.into_any(),
        };
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{move || now.read().turns}</td>
                <td>{move || time::count(now.read().input)}</td>
                <td>{move || time::count(now.read().output)}</td>
                <td class="share"><i style:width=share></i><span>{move || time::count(now.read().tokens)}</span></td>
                <td>{move || now.read().cost.map_or_else(|| "–".to_owned(), time::money)}</td>
            </tr>
        }
    };
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=format!("Use by {}", what.to_lowercase())>
            <table class="sums">
                <thead>
                    <tr>
                        <th scope="col">{what}</th><th scope="col">"Turns"</th><th scope="col">"Read"</th>
                        <th scope="col">"Written"</th><th scope="col">"Tokens"</th><th scope="col">"Cost"</th>
                    </tr>
                </thead>
                <tbody><For each=move || sums.get() key=key_of let:sum>{row(sum)}</For></tbody>
            </table>
        </div>
    }
}
