use crate::view;
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
                d="M19.6 7.200A4 4 0 0 1 27.300 5.900L30.700 7.300c.5.2.5.9 0 1.100L27.200 9.700c-.6.9-1.700 1.500-3 1.700-.2 2.300.3 4.400.3 7.100 0 5.600-4.600 9.300-11 9.300-6.200 0-10.300-3.200-12-9.600l-.8-3.200c-.2-.8.6-1.400 1.300-1l5.200 3c1.800 1 3.800 1.200 6 1.200 4.200 0 6.600-1.900 6.600-5.600 0-1.900-.5-3.400-.2-5.400z"
            />
            <path
                class="goose-wing"
                d="M7.600 20.400c3.200 1.400 7.400 1.300 10.800-.3-.9 3.100-3.500 4.800-6.600 4.500-2.300-.2-3.800-1.700-4.200-4.200z"
            />
            <circle class="goose-eye" cx="23.900" cy="6.900" r="1.150"/>
        </svg>
    }
}

/// Three geese, for where nothing is yet.
#[component]
pub(crate) fn Flock() -> impl IntoView {
    view! { <div class="flock-picture" aria-hidden="true"><Goose/><Goose/><Goose/></div> }
}
