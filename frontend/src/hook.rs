//! What lives longer than a component: the app's state, the streams, the theme, the drafts.

mod answering;
mod app;
mod browser;
mod draft;
mod feed;
mod highlight;
mod notify;
mod route;
mod row;
mod shelf;
mod theme;
mod usual;
mod watch;

pub(crate) use answering::{Answering, rejects};
pub(crate) use app::{App, Link};
pub(crate) use browser::{
    FocusBack, catch_focus, catch_focus_at, clock_time, command_key, copy, dice, focus, focus_while,
    fresh_key, instant, key_names, now, on_coarse_pointer, on_small_or_touch, recall, remember, save,
};
pub(crate) use draft::Draft;
pub(crate) use feed::{Feed, Side, State};
pub(crate) use highlight::{highlight, highlighter};
pub(crate) use notify::{switch as switch_notifications, tell as tell_news, wanted as notifications_wanted};
pub(crate) use route::Route;
pub(crate) use row::{Head, PartRow, Row};
pub(crate) use theme::{Theme, theme};
pub(crate) use usual::learn;
