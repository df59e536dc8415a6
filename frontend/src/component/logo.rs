use leptos::prelude::*;

/// The goose with the product's name.
#[component]
pub(crate) fn Logo() -> impl IntoView {
    view! { <span class="logo"><Goose/>"Gaggle"</span> }
}

/// The goose alone, in the brand's colour.
#[component]
pub(crate) fn Goose() -> impl IntoView {
    view! {
        <svg class="goose" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path
                class="goose-body"
                d="M4.400 22.600c.3 3.600 4.100 5.900 9.400 5.900 8.100 0 13.700-3.900 13.700-9.900 0-1.300-.4-2.600-1-3.600-.4-.6-1.300-.5-1.500.2-.5 1.700-1.900 2.800-3.900 2.800h-4.300c-2.400 0-3.700-1.300-3.700-3.600V8.300A4.800 4.800 0 0 0 8.400 3.500c-2.300 0-4.100 1.400-4.500 3.400L1.300 8.500c-.7.5-.4 1.500.5 1.500h4.300c1.100 0 1.600.5 1.600 1.600v5c0 2.500-3.500 2.900-3.300 6z"
            />
            <path
                class="goose-wing"
                d="M14.500 21.300h5.300c2 0 3.500-.6 4.500-1.600-.5 3.300-3.700 5-7.600 5-2.600 0-3.900-1.200-2.200-3.400z"
            />
            <circle class="goose-eye" cx="8.500" cy="7.800" r="1.250"/>
        </svg>
    }
}

/// Three geese, for where nothing is yet.
#[component]
pub(crate) fn Flock() -> impl IntoView {
    view! { <div class="flock-picture" aria-hidden="true"><Goose/><Goose/><Goose/></div> }
}
