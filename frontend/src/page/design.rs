//! All parts of the page at once, for who works on it. Development builds only.

use crate::component::{Flock, Glyph, Icon, Logo, days_chart, table_of};
use crate::model::{
    look::Tone,
    usage::{Measure, Sum},
};
use crate::view;
use leptos::prelude::*;

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
    view! {
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
            <section><h2>"Waiting"</h2><i class="skeleton"></i><i class="skeleton short"></i><p class="row"><span class="spin"></span></p></section>
        </div>
    }
}
