use crate::hook::Route;
use crate::model::route::is_here;
use crate::view;
use leptos::prelude::*;

/// A link to a page; says if it is the one that is shown.
#[component]
pub(crate) fn A(
    #[prop(into)] href: Signal<String>,
    #[prop(optional)] exact: bool,
    #[prop(optional)] class: Option<&'static str>,
    #[prop(optional, into)] label: MaybeProp<String>,
    children: Children,
) -> impl IntoView {
    let route = Route::get();
    let here = move || is_here(&href.read(), &route.path.read(), exact).then_some("page");
    view! {
        <a href=move || href.get() class=class aria-label=move || label.get() aria-current=here>{children()}</a>
    }
}
