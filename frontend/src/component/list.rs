mod seats;

pub(crate) use seats::Seat;

use crate::model::window::{Heights, Window, columns, moved};
use crate::view;
use leptos::{ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver};

/// How many rows more are drawn on both sides of what is seen.
const SPARE: usize = 6;

/// What stands above the items of such a list is about so high.
const ABOVE: f64 = 72.0;

/// So long after its last move a list is at rest.
const REST: Duration = Duration::from_millis(120);

/// What a long list is made of.
#[derive(Clone, Copy)]
pub(crate) struct LongList {
    /// What it is, for who hears it.
    pub(crate) label: &'static str,
    /// Its class.
    pub(crate) class: Signal<&'static str>,
    /// How many items there are.
    pub(crate) count: Signal<usize>,
    /// What tells an item from all others, by its index.
    pub(crate) key: Callback<usize, String>,
    /// What an item looks like.
    pub(crate) row: Callback<Seat, AnyView>,
    /// All rows are equally high and follow their seat's key: one that leaves the view is not thrown away but shows
    /// the next item. Else a seat keeps its item.
    pub(crate) reuse: bool,
    /// How high a row is taken to be until it was measured. A change of it measures anew.
    pub(crate) height: Signal<f64>,
    /// The least width of a column; 0: one column.
    pub(crate) column: Signal<f64>,
    /// True while the end is to stay in sight.
    pub(crate) stick: Option<RwSignal<bool>>,
    /// True where rows may hold nothing to focus: then what scrolls is a stop of the keyboard itself.
    pub(crate) still: bool,
}

#[derive(Clone, Copy)]
struct Inner {
    list: LongList,
    view: NodeRef<html::Div>,
    items: NodeRef<html::Ul>,
    heights: StoredValue<Heights>,
    window: RwSignal<Window>,
    columns: RwSignal<usize>,
    /// Rises when rows stand elsewhere.
    layout: RwSignal<u32>,
    /// The key of the item with the focus: others may come before it.
    focused: RwSignal<Option<String>>,
    known: StoredValue<HashMap<String, Seat>>,
    next: StoredValue<u32>,
    /// The seats as they are to be read, and those of them that must go elsewhere in the document for that.
    order: StoredValue<Vec<u32>>,
    moved: StoredValue<HashSet<u32>>,
    /// The most seats so far at this size: as many stay, whatever is in view.
    most: StoredValue<usize>,
    measured: StoredValue<bool>,
    last_top: StoredValue<i32>,
    width: StoredValue<i32>,
    /// What was seen when it was last asked for, where rows are all of one height.
    sight: StoredValue<Option<Sight>>,
    /// True after rows were placed by what was seen before.
    rough: StoredValue<bool>,
    /// While it scrolls: until when.
    moving: StoredValue<Option<TimeoutHandle>>,
}

/// What is seen of a list, in pixels. To ask for it has the browser lay out the page.
#[derive(Debug, Clone, Copy)]
struct Sight {
    /// From the first item down to the upper edge.
    top: f64,
    high: f64,
    wide: f64,
}

/// A list of any length that scrolls: only what is near the eye is drawn. `children` stand above it and scroll along.
#[component]
pub(crate) fn VirtualList(
    list: LongList,
    /// Brings the item of this index to the eye.
    #[prop(optional)]
    seek: Option<RwSignal<Option<usize>>>,
    children: Children,
) -> impl IntoView {
    let inner = Inner {
        list,
        view: NodeRef::new(),
        items: NodeRef::new(),
        heights: StoredValue::new(Heights::new(list.height.get_untracked())),
        window: RwSignal::new(Window::default()),
        columns: RwSignal::new(1),
        layout: RwSignal::new(0),
        focused: RwSignal::new(None),
        known: StoredValue::new(HashMap::new()),
        next: StoredValue::new(0),
        order: StoredValue::new(Vec::new()),
        moved: StoredValue::new(HashSet::new()),
        most: StoredValue::new(0),
        measured: StoredValue::new(false),
        last_top: StoredValue::new(0),
        width: StoredValue::new(0),
        sight: StoredValue::new(None),
        rough: StoredValue::new(false),
        moving: StoredValue::new(None),
    };
    let drawn = Memo::new_with_compare(move |_| inner.drawn(), |_, _| true);
    Effect::new(move |_| {
        drawn.track();
        request_animation_frame(move || inner.settle());
    });
    Effect::new(move |_| {
        list.count.track();
        let height = list.height.get();
        list.column.track();
        inner.measured.set_value(false);
        inner.most.set_value(0);
        let forgot = inner.heights.try_update_value(|heights| heights.forget_if(height));
        // In one column as many rows stand there as before: nothing else would say that they stand elsewhere.
        if forgot == Some(true) {
            inner.layout.update(|layout| *layout += 1);
        }
        inner.place_at_first();
    });
    inner.watch_size();
    // Whoever wishes to see the end is brought there, also where nothing new comes.
    if let Some(stick) = list.stick {
        Effect::new(move |_| {
            if stick.get() {
                inner.to_end();
            }
        });
    }
    if let Some(seek) = seek {
        Effect::new(move |_| {
            if let Some(at) = seek.get() {
                // Twice: what is drawn at first is measured then, and may be of other heights.
                request_animation_frame(move || {
                    inner.show(at);
                    request_animation_frame(move || inner.show(at));
                });
            }
        });
    }
    let total = move || {
        inner.layout.track();
        format!("{}px", inner.heights.with_value(Heights::total))
    };
    view! {
        <div
            class="scroller"
            node_ref=inner.view
            tabindex=if list.still { "0" } else { "-1" }
            role=list.still.then_some("region")
            aria-label=list.still.then_some(list.label)
            on:scroll=move |_| inner.scrolled()
        >
            {children()}
            <ul
                node_ref=inner.items
                class=move || format!("long {}", list.class.get())
                role="list"
                aria-label=list.label
                style:height=total
                on:keydown=move |event| inner.key(&event)
                on:focusin=move |event: ev::FocusEvent| inner.focus(index_of(event.target()))
                on:focusout=move |_| inner.focused.set(None)
            >
                <For each=move || drawn.get() key=|seat| seat.number let:seat>
                    {inner.item(seat)}
                </For>
            </ul>
        </div>
    }
}

impl Inner {
    fn item(self, seat: Seat) -> AnyView {
        let at = seat.at.clone();
        let seat_number = seat.number.to_string();
        let (place, left, width, number) = (at.clone(), at.clone(), at.clone(), at.clone());
        let top = move || {
            self.layout.track();
            let row = place.get() / self.columns.get().max(1);
            format!("translateY({}px)", self.heights.with_value(|heights| heights.top(row)))
        };
        let left = move || {
            let columns = self.columns.get().max(1);
            format!("{}%", (left.get() % columns) as f64 * 100.0 / columns as f64)
        };
        let width = move || {
            width.track();
            format!("{}%", 100.0 / self.columns.get().max(1) as f64)
        };
        let posinset = number.clone();
        view! {
            <li
                style:transform=top
                style:left=left
                style:width=width
                data-seat=seat_number
                data-index=move || at.get().to_string()
                aria-posinset=move || (posinset.get() + 1).to_string()
                aria-setsize=move || self.list.count.get().to_string()
            >
                {untrack(|| self.list.row.run(seat))}
            </li>
        }
    }

    /// After drawing: order and heights. Rows that are all of one height are measured once.
    fn settle(self) {
        if !self.list.reuse {
            return self.measure();
        }
        // While it flies by nobody reads it in order, and to move rows in the document is dear.
        if self.moving.try_get_value().is_some_and(|moving| moving.is_none()) {
            self.arrange();
        }
        self.measure_one();
        if self.rough.try_get_value() == Some(true) {
            self.place();
        }
    }

    fn measure_one(self) {
        let Some(items) = self.items.try_get_untracked().flatten() else { return };
        if self.measured.get_value() {
            return;
        }
        let first = items.first_element_child().and_then(|row| row.dyn_into::<HtmlElement>().ok());
        let Some(height) = first.map(|row| f64::from(row.offset_height())).filter(|height| *height > 0.0)
        else {
            return;
        };
        self.measured.set_value(true);
        let estimate = self.heights.with_value(Heights::estimate);
        if (height - estimate).abs() > 0.5 {
            self.heights.update_value(|heights| heights.forget(height));
            self.layout.update(|layout| *layout += 1);
            self.place();
        }
    }

    fn focus(self, at: Option<usize>) {
        let count = self.list.count.get_untracked();
        let key = at.filter(|at| *at < count).map(|at| untrack(|| self.list.key.run(at)));
        self.focused.set(key);
    }

    /// Where the item of this key is: where it was, or wherever it went.
    fn find(self, key: &str, count: usize) -> Option<usize> {
        let was = self.known.with_value(|known| known.get(key).map(|seat| seat.at.get_untracked()));
        let is = |at: &usize| self.list.key.run(*at) == key;
        was.filter(|at| *at < count).filter(is).or_else(|| (0..count).find(is))
    }

    fn scrolled(self) {
        let Some(view) = self.view.try_get_untracked().flatten() else { return };
        let top = view.scroll_top();
        let at_end = top + view.client_height() >= view.scroll_height() - 4;
        if let Some(stick) = self.list.stick {
            if at_end && !stick.get_untracked() {
                stick.set(true);
            } else if !at_end && top < self.last_top.get_value() - 2 && stick.get_untracked() {
                stick.set(false);
            }
        }
        self.last_top.set_value(top);
        if self.list.reuse {
            self.moves();
        }
        self.place();
    }

    /// It scrolls: once it has come to rest its rows are put in order.
    fn moves(self) {
        if let Some(timer) = self.moving.get_value() {
            timer.clear();
        }
        let rest = move || {
            if self.moving.try_set_value(None).is_none() {
                self.arrange();
            }
        };
        self.moving.set_value(set_timeout_with_handle(rest, REST).ok());
    }

    /// Finds out which rows are seen after others have come. The page is about to change all over, and one that is laid
    /// out for this alone is laid out twice: so it is done by what was seen before, and again before it is painted.
    fn place_at_first(self) {
        match self.sight.get_value() {
            // Nothing to be placed.
            None if self.list.reuse && self.list.count.get_untracked() == 0 => {}
            Some(sight) => {
                self.rough.set_value(true);
                // What said that nothing is known yet goes.
                self.place_by(Sight { top: sight.top.max(-ABOVE), ..sight });
            }
            None => self.place(),
        }
    }

    /// Finds out which rows are seen.
    fn place(self) {
        let (Some(view), Some(items)) = (self.view.get_untracked(), self.items.get_untracked()) else {
            return;
        };
        let sight = Sight {
            top: f64::from(view.scroll_top() - items.offset_top()),
            high: view.client_height().into(),
            wide: items.client_width().into(),
        };
        self.rough.set_value(false);
        if self.list.reuse {
            self.sight.set_value(Some(sight));
        }
        self.place_by(sight);
    }

    fn place_by(self, sight: Sight) {
        let across = columns(sight.wide, self.list.column.get_untracked(), 0.0);
        if self.columns.get_untracked() != across {
            self.columns.set(across);
        }
        let rows = self.list.count.get_untracked().div_ceil(across);
        if self.heights.with_value(Heights::count) != rows {
            self.heights.update_value(|heights| heights.resize(rows));
            self.layout.update(|layout| *layout += 1);
        }
        let spare = (SPARE / across).max(2);
        let window = self.heights.with_value(|h| h.window(sight.top, sight.high, spare));
        if self.window.get_untracked() != window {
            self.window.set(window);
        }
        self.to_end();
    }

    fn to_end(self) {
        if self.list.stick.is_some_and(|stick| stick.get_untracked()) {
            let view = self.view;
            request_animation_frame(move || {
                if let Some(view) = view.try_get_untracked().flatten() {
                    view.set_scroll_top(view.scroll_height());
                }
            });
        }
    }

    /// Takes the true heights of what is drawn; what is above the eye must not push it away.
    fn measure(self) {
        let (Some(view), Some(items)) =
            (self.view.try_get_untracked().flatten(), self.items.try_get_untracked().flatten())
        else {
            return;
        };
        let across = self.columns.get_untracked().max(1);
        let mut rows = HashMap::<usize, f64>::new();
        let mut next = items.first_element_child();
        while let Some(element) = next {
            next = element.next_element_sibling();
            let index = element.get_attribute("data-index").and_then(|index| index.parse::<usize>().ok());
            if let (Some(index), Ok(element)) = (index, element.dyn_into::<HtmlElement>()) {
                let height = rows.entry(index / across).or_default();
                *height = height.max(element.offset_height().into());
            }
        }
        let top = f64::from(view.scroll_top() - items.offset_top());
        let (mut above, mut changed) = (0.0, false);
        self.heights.update_value(|heights| {
            for (row, height) in rows {
                let is_above = heights.top(row) < top;
                let by = if height > 0.0 { heights.set(row, height) } else { 0.0 };
                changed |= by != 0.0;
                if is_above {
                    above += by;
                }
            }
        });
        if changed {
            self.layout.update(|layout| *layout += 1);
            if above != 0.0 && top > 0.0 {
                view.set_scroll_top(view.scroll_top() + above as i32);
            }
            self.place();
        }
    }

    fn key(self, event: &ev::KeyboardEvent) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let on_main = target.is_some_and(|target| target.has_attribute("data-main"));
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        let (count, across) = (self.list.count.get_untracked(), self.columns.get_untracked());
        let focused = self.focused.get_untracked().and_then(|key| untrack(|| self.find(&key, count)));
        let (Some(at), false, true) = (focused, modified, on_main) else { return };
        let page = self.window.with_untracked(|w| w.end - w.first).saturating_sub(2 * SPARE + 1);
        if let Some(to) = moved(&event.key(), at, count, across, page) {
            event.prevent_default();
            self.go(to);
        }
    }

    /// Puts an item a third below the top of what is seen.
    fn show(self, index: usize) {
        let (Some(view), Some(items)) =
            (self.view.try_get_untracked().flatten(), self.items.try_get_untracked().flatten())
        else {
            return;
        };
        let row = index / self.columns.get_untracked().max(1);
        let top = self.heights.with_value(|heights| heights.top(row)) + f64::from(items.offset_top());
        view.set_scroll_top((top - f64::from(view.client_height()) / 3.0) as i32);
        self.place();
    }

    /// Brings an item into sight and gives its link the focus.
    fn go(self, index: usize) {
        let (Some(view), Some(items)) = (self.view.get_untracked(), self.items.get_untracked()) else {
            return;
        };
        let row = index / self.columns.get_untracked().max(1);
        let (top, end) = self.heights.with_value(|heights| (heights.top(row), heights.top(row + 1)));
        let offset = f64::from(items.offset_top());
        let (seen, height) = (f64::from(view.scroll_top()), f64::from(view.client_height()));
        if top + offset < seen {
            view.set_scroll_top((top + if row == 0 { 0.0 } else { offset - 8.0 }) as i32);
        } else if end + offset > seen + height {
            view.set_scroll_top((end + offset - height + 8.0) as i32);
        }
        self.place();
        request_animation_frame(move || {
            // First to its place: what moves in the document loses the focus.
            self.settle();
            self.arrange();
            let found = self.items.try_get_untracked().flatten().and_then(|items| {
                items.query_selector(&format!("li[data-index='{index}'] [data-main]")).ok().flatten()
            });
            if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
                let options = web_sys::FocusOptions::new();
                options.set_prevent_scroll(true);
                let _ = found.focus_with_options(&options);
            }
        });
    }

    /// Follows the size of the view; a new width makes new heights.
    fn watch_size(self) {
        let changed = Closure::<dyn FnMut()>::new(move || {
            let Some(view) = self.view.try_get_untracked().flatten() else { return };
            let width = view.client_width();
            if self.width.get_value() != width {
                self.width.set_value(width);
                let height = self.list.height.get_untracked();
                self.heights.update_value(|heights| heights.forget(height));
                self.layout.update(|layout| *layout += 1);
                self.measured.set_value(false);
            }
            self.most.set_value(0);
            self.place();
            self.settle();
        });
        let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) else { return };
        let kept = send_wrapper::SendWrapper::new((observer.clone(), changed));
        Effect::new(move |_| {
            if let Some(view) = self.view.get() {
                observer.observe(&view);
            }
        });
        on_cleanup(move || kept.0.disconnect());
    }
}

/// The index of the item that an event came from.
fn index_of(target: Option<web_sys::EventTarget>) -> Option<usize> {
    let element = target?.dyn_into::<Element>().ok()?;
    element.closest("li[data-index]").ok()??.get_attribute("data-index")?.parse().ok()
}
