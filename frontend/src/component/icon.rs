use crate::view;
use leptos::prelude::*;

/// A picture of 24 by 24, drawn with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glyph {
    Plus,
    Search,
    Close,
    Menu,
    Check,
    Cross,
    Stop,
    Send,
    Pen,
    Bin,
    Copy,
    Down,
    Grid,
    Rows,
    Moon,
    Sun,
    Screen,
    Bell,
    Folder,
    Terminal,
    File,
    Globe,
    Tool,
    Find,
    Warning,
    Thought,
    Clock,
    Arrow,
    Again,
    Save,
    Chart,
    Pulse,
    Help,
}

impl Glyph {
    const fn path(self) -> &'static str {
        match self {
            Self::Plus => "M12 5v14M5 12h14",
            Self::Search | Self::Find => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
            Self::Close | Self::Cross => "M6 6l12 12M18 6L6 18",
            Self::Menu => "M4 7h16M4 12h16M4 17h16",
            Self::Check => "M5 12.500l4.500 4.500L19 7.500",
            Self::Stop => "M7 7h10v10H7z",
            Self::Send => "M12 19V5M6 11l6-6 6 6",
            Self::Pen => "M4 20h4L19 9l-4-4L4 16zM13.500 6.500l4 4",
            Self::Bin => "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
            Self::Copy => "M9 9h11v11H9zM5 15H4V4h11v1",
            Self::Down => "M6 9l6 6 6-6",
            Self::Grid => "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
            Self::Rows => "M4 6h16M4 12h16M4 18h16",
            Self::Moon => "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
            Self::Sun => {
                "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500L19 19M19 5l-1.500 1.500M6.500 17.500L5 19"
            }
            Self::Screen => "M3 5h18v11H3zM9 20h6M12 16v4",
            Self::Bell => "M18 9a6 6 0 1 0-12 0c0 6-2.500 7-2.500 7h17S18 15 18 9zM10 20a2 2 0 0 0 4 0",
            Self::Folder => "M3 6h6l2 2h10v11H3z",
            Self::Terminal => "M4 6l6 6-6 6M12 18h8",
            Self::File => "M6 3h8l4 4v14H6zM14 3v4h4",
            Self::Globe => {
                "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18"
            }
            Self::Tool => {
                "M14.500 6.500a4 4 0 0 1 5-1l-2.500 2.500 1.500 1.500 2.500-2.500a4 4 0 0 1-5.500 5L7 20l-3-3 8.500-8.500a4 4 0 0 1 2-2z"
            }
            Self::Warning => "M12 4l9 16H3zM12 10v4M12 17v.500",
            Self::Thought => {
                "M9 18h6M10 21h4M12 3a6 6 0 0 0-3.500 10.800c.6.5 1 1.200 1 2.200h5c0-1 .4-1.700 1-2.200A6 6 0 0 0 12 3z"
            }
            Self::Clock => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
            Self::Again => "M20 12a8 8 0 1 1-2.400-5.700M20 4v5h-5",
            Self::Save => "M12 4v11M7 10.500l5 5 5-5M5 20h14",
            Self::Chart => "M4 20h16M7 16v-4M12 16V6M17 16v-7",
            Self::Pulse => "M3 12h4l3-8 4 16 3-8h4",
            Self::Help => {
                "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 17v.300"
            }
            Self::Arrow => "M5 12h14M13 6l6 6-6 6",
        }
    }
}

/// An icon; what it means stands beside it or in its button's label.
#[component]
pub(crate) fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=glyph.path()/>
        </svg>
    }
}
