use crate::api::{self, Trouble};
use crate::component::{Glyph, Icon};
use crate::hook::{App, Link};
use crate::model::{boundary, plain};
use crate::view;
use gaggle_shared::{Finding, FindingState, Status};
use leptos::{prelude::*, task::spawn_local};

/// What the server found when it looked at itself, as `gaggle doctor` would say it.
pub(crate) fn status() -> AnyView {
    let app = App::get();
    let read = RwSignal::new(None::<Result<Status, Trouble>>);
    let busy = RwSignal::new(false);
    let look = move || {
        busy.set(true);
        spawn_local(async move {
            let found = api::status().await;
            let _ = read.try_set(Some(found));
            let _ = busy.try_set(false);
        });
    };
    // Again whenever the server has come back.
    let live = Memo::new(move |_| app.link.get() == Link::Live);
    Effect::new(move |_| {
        live.get();
        look();
    });
    let head = move || match &*read.read() {
        Some(Ok(status)) => match status.findings.iter().filter(|one| one.state == FindingState::Bad).count()
        {
            0 => "Everything works".to_owned(),
            1 => "One thing needs care".to_owned(),
            many => format!("{many} things need care"),
        },
        _ => String::new(),
    };
    let facts = move || {
        app.info.get().map(|info| {
            let rows = [
                ("Version", info.version.clone()),
                ("Instance", info.instance.to_string()),
                ("Agents run", format!("{:?}", info.runtime).to_lowercase()),
                ("Records live", format!("{:?}", info.store).to_lowercase()),
                ("Host", info.host.clone()),
            ];
            rows.map(|(name, value)| view! { <dt>{name}</dt><dd><code>{plain::line(&value)}</code></dd> })
                .collect_view()
        })
    };
    view! {
        <header class="page-bar">
            <h1>"Status"</h1>
            <span class="dim" role="status">{head}</span>
            <span class="grow"></span>
            <button class="btn" disabled=busy on:click=move |_| look()>"Look again"</button>
        </header>
        <div class="page-body" tabindex="-1">
            <div class="status">
                {move || match read.get() {
                    None => view! { <i class="skeleton tall"></i> },
                    Some(Err(trouble)) => view! {
                        <p class="error" role="alert">{trouble.message()}" "{trouble.hint()}</p>
                    },
                    Some(Ok(status)) => view! {
                        <ul class="findings">
                            {status.findings.into_iter().map(finding).collect_view()}
                            {move || app.info.read().as_ref().map(|info| finding(boundary::finding(info)))}
                        </ul>
                    },
                }}
                <section>
                    <h2>"This Gaggle"</h2>
                    <dl class="facts">{facts}</dl>
                    <p class="links">
                        <a href="/api/docs" target="_blank" rel="noopener">"API reference"</a>
                        <a href="/api/openapi.json" target="_blank" rel="noopener">"OpenAPI"</a>
                        <a href="/metrics" target="_blank" rel="noopener">"Metrics"</a>
                        <a href="/readyz" target="_blank" rel="noopener">"Readiness"</a>
                    </p>
                </section>
            </div>
        </div>
    }
}

fn finding(finding: Finding) -> AnyView {
    let (tone, glyph, word) = match finding.state {
        FindingState::Good => ("ok", Glyph::Check, "good"),
        FindingState::Note => ("busy", Glyph::Warning, "to know"),
        FindingState::Bad => ("bad", Glyph::Cross, "needs care"),
    };
    view! {
        <li class=format!("finding {tone}")>
            <span class="finding-mark"><Icon glyph/><span class="sr">{word}": "</span></span>
            <strong>{plain::line(&finding.about)}</strong>
            <div>
                <p>{plain::line(&finding.found)}</p>
                {finding.hint.map(|hint| view! { <p class="dim">{plain::line(&hint)}</p> })}
            </div>
        </li>
    }
}
