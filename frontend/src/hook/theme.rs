//! Light, dark, or as the system says.

use super::browser::{recall, remember};
use leptos::prelude::*;

/// What a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::System => "System theme",
            Self::Light => "Light theme",
            Self::Dark => "Dark theme",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The theme, remembered and applied.
pub(crate) fn theme() -> RwSignal<Theme> {
    let kept = recall("theme");
    let kept = Theme::ALL.into_iter().find(|t| Some(t.key()) == kept.as_deref()).unwrap_or(Theme::System);
    let theme = RwSignal::new(kept);
    Effect::new(move |_| {
        let chosen = theme.get();
        remember("theme", chosen.key());
        if let Some(root) = document().document_element() {
            let _ = match chosen {
                Theme::System => root.remove_attribute("data-theme"),
                _ => root.set_attribute("data-theme", chosen.key()),
            };
        }
    });
    theme
}
