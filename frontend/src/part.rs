//! The parts of the page that are fetched when they are first needed, so that the fleet is there soon however much
//! the rest grows. What only a part uses is cut out of the program by `cargo xtask build`; everything else about a part
//! is as if it had been there all along: same memory, same signals, same context. In a plain `trunk build` it is.
//!
//! To make a part of something: a line in [`parts!`], and `<Late part=…/>` where it is shown.

mod late;
mod load;
mod sight;

pub(crate) use late::{Late, Opened};
pub(crate) use sight::foresee;

use crate::view;
use leptos::prelude::*;
use load::{Lost, Work};

/// Each line: the part, the file it comes in, its two functions, and what it shows. Parts in one file come together;
/// what two files share becomes a third, so keep them few.
macro_rules! parts {
    ($($(#[$doc:meta])* $part:ident in $file:ident by $show:ident, $fetch:ident => $view:expr;)*) => {
        /// A part of the page.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Part {
            $($(#[$doc])* $part,)*
        }

        impl Part {
            /// Shows the part, fetching it first if need be.
            fn show(self) -> Work<AnyView> {
                match self {
                    $(Self::$part => Box::pin($show()),)*
                }
            }

            /// Fetches the part; at once if it is here.
            fn fetch(self) -> Work<()> {
                match self {
                    $(Self::$part => Box::pin(async { $fetch().await.map_err(|_| Lost) }),)*
                }
            }
        }

        $(
            #[cfg(feature = "split")]
            #[wasm_split_helpers::wasm_split($file, fallible, preload($fetch))]
            fn $show() -> Result<AnyView, Lost> {
                Ok($view)
            }

            #[cfg(not(feature = "split"))]
            async fn $show() -> Result<AnyView, Lost> {
                Ok($view)
            }

            #[cfg(not(feature = "split"))]
            async fn $fetch() -> Result<(), Lost> {
                Ok(())
            }
        )*
    };
}

parts! {
    /// One project with all of its tabs.
    Project in project by show_project, fetch_project => view! { <crate::page::Project/> };
    /// The inbox.
    Approvals in desk by show_approvals, fetch_approvals => view! { <crate::page::Approvals/> };
    /// What was used, and what it cost.
    Usage in desk by show_usage, fetch_usage => crate::page::usage();
    /// How the server and its parts are.
    Status in desk by show_status, fetch_status => crate::page::status();
    /// The dialog for a new project.
    Create in desk by show_create, fetch_create => view! { <crate::component::CreateDialog/> };
    /// The question before a project goes.
    Delete in desk by show_delete, fetch_delete => view! { <crate::component::DeleteDialog/> };
    /// The sheet of shortcuts.
    Help in desk by show_help, fetch_help => view! { <crate::component::HelpSheet/> };
    /// The notes that were shown.
    Notes in desk by show_notes, fetch_notes => view! { <crate::component::NotesSheet/> };
    /// The command palette.
    Palette in desk by show_palette, fetch_palette => view! { <crate::component::Palette/> };
}
