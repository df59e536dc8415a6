use crate::model::{
    time,
    usage::{Measure, Sum, ceiling, short_day},
};
use crate::view;
use leptos::{ev, prelude::*};

/// Bars over days. One stop for the keyboard: arrows go from day to day, and what each says is read out.
pub(crate) fn days_chart(days: Vec<Sum>, measure: Measure, label: &'static str) -> AnyView {
    let count = days.len();
    let at = RwSignal::new(count.saturating_sub(1));
    let line = ceiling(days.iter().map(|day| measure.of(day)).fold(0.0, f64::max));
    let step = 100.0 / count.max(1) as f64;
    let bars = days.iter().enumerate().map(|(index, day)| {
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
    });
    let bars = bars.collect_view();
    let names: Vec<_> = days.iter().map(|day| short_day(&day.name)).collect();
    let ends =
        (names.first().cloned(), names.get(count / 2).cloned().filter(|_| count > 4), names.last().cloned());
    let top = match measure {
        Measure::Cost => time::money(line),
        _ => time::count(line.round() as u64),
    };
    let days = StoredValue::new(days);
    let said = move || days.with_value(|days| days.get(at.get()).map(Sum::sentence)).unwrap_or_default();
    let keys = move |event: ev::KeyboardEvent| {
        let last = count.saturating_sub(1);
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
                    aria-valuemax=count.max(1).to_string()
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
                <div class="plot-names" aria-hidden="true"><span>{ends.0}</span><span>{ends.1}</span><span>{ends.2}</span></div>
            </div>
        </figure>
    }
}

/// The same figures as a table, for who reads rather than looks.
pub(crate) fn table_of(sums: &[Sum], what: &'static str, link: Option<String>) -> AnyView {
    let greatest = sums.iter().map(|sum| sum.tokens).max().unwrap_or(0).max(1);
    let row = |sum: &Sum| {
        let name = sum.name.clone();
        let share = format!("{:.1}%", 100.0 * sum.tokens as f64 / greatest as f64);
        let name = match (&link, &sum.project) {
            (Some(base), Some(project)) => {
                view! { <a href=format!("{base}/p/{project}/usage")>{name}</a> }
            }
            _ => name.into_any(),
        };
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{sum.turns}</td>
                <td>{time::count(sum.input)}</td>
                <td>{time::count(sum.output)}</td>
                <td class="share"><i style:width=share></i><span>{time::count(sum.tokens)}</span></td>
                <td>{sum.cost.map_or_else(|| "–".to_owned(), time::money)}</td>
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
                <tbody>{sums.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
