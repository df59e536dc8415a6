//! Which item is drawn in which seat. A seat that is free takes the next item: to fill in other words is cheaper than
//! to build a row.

use super::Inner;
use leptos::prelude::*;
use std::collections::{HashMap, HashSet};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What is drawn of an item: which one it is, and where it is now.
#[derive(Clone)]
pub(crate) struct Seat {
    /// What tells the item from all others.
    pub(crate) key: ArcRwSignal<String>,
    /// Its index.
    pub(crate) at: ArcRwSignal<usize>,
    pub(super) number: u32,
    class: &'static str,
}

impl Inner {
    /// The items to draw: what is seen, and what has the focus.
    pub(super) fn drawn(self) -> Vec<Seat> {
        let (window, columns, count) = (self.window.get(), self.columns.get().max(1), self.list.count.get());
        let class = self.list.class.get();
        let mut range = (window.first * columns).min(count)..(window.end * columns).min(count);
        if self.list.reuse && !range.is_empty() {
            let most = self.most.get_value().max(range.len()).min(count);
            // What was placed roughly may be more than is ever seen.
            if !self.rough.get_value() {
                self.most.set_value(most);
            }
            range.end = (range.start + most).min(count);
            range.start = range.end - most;
        }
        let outside =
            self.focused.get().and_then(|key| self.find(&key, count)).filter(|at| !range.contains(at));
        let before = outside.filter(|at| *at < range.start);
        let after = outside.filter(|at| *at >= range.end);
        let wanted: Vec<_> = before
            .into_iter()
            .chain(range)
            .chain(after)
            .map(|index| (index, self.list.key.run(index)))
            .collect();
        let mut old = HashMap::new();
        self.known.update_value(|known| old = std::mem::take(known));
        let keys: HashSet<_> = wanted.iter().map(|(_, key)| key.as_str()).collect();
        let is_free = |(key, seat): &(&String, &Seat)| {
            self.list.reuse && seat.class == class && !keys.contains(key.as_str())
        };
        let mut free: Vec<_> = old.iter().filter(is_free).map(|(_, seat)| seat.clone()).collect();
        let mut moved = Vec::new();
        let mut drawn = Vec::with_capacity(wanted.len());
        let mut now = HashMap::with_capacity(wanted.len());
        for (index, key) in wanted {
            let seat = old
                .remove(&key)
                .filter(|seat| !self.list.reuse || seat.class == class)
                .unwrap_or_else(|| {
                    let seat = free.pop().unwrap_or_else(|| self.seat(class));
                    seat.key.set(key.clone());
                    moved.push(seat.number);
                    seat
                });
            if *seat.at.read_untracked() != index {
                seat.at.set(index);
            }
            now.insert(key, seat.clone());
            drawn.push(seat);
        }
        self.known.set_value(now);
        if self.list.reuse {
            self.note_order(&drawn, moved);
            // The document's order is made by `arrange`: it moves only what took another place.
            drawn.sort_unstable_by_key(|seat| seat.number);
        }
        drawn
    }

    fn seat(self, class: &'static str) -> Seat {
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        Seat { key: ArcRwSignal::new(String::new()), at: ArcRwSignal::new(usize::MAX), number, class }
    }

    /// Which seats are out of the order in which they are read. Those that kept their item are not, unless the items
    /// were sorted anew.
    fn note_order(self, drawn: &[Seat], taken: Vec<u32>) {
        let order: Vec<_> = drawn.iter().map(|seat| seat.number).collect();
        let was: HashMap<_, _> =
            self.order.with_value(|order| order.iter().enumerate().map(|(at, one)| (*one, at)).collect());
        self.moved.update_value(|moved| {
            moved.extend(taken);
            let kept = order.iter().filter(|one| !moved.contains(one)).filter_map(|one| was.get(one));
            if !kept.is_sorted() {
                moved.extend(&order);
            }
        });
        self.order.set_value(order);
    }

    /// Brings the document's order to that of the items, for who reads it and for the Tab key.
    pub(super) fn arrange(self) {
        let Some(items) = self.items.try_get_untracked().flatten() else { return };
        let mut moved = HashSet::new();
        self.moved.update_value(|waiting| moved = std::mem::take(waiting));
        if moved.is_empty() {
            return;
        }
        let mut there = HashMap::new();
        let mut child = items.first_element_child();
        while let Some(element) = child {
            child = element.next_element_sibling();
            if let Some(number) = element.get_attribute("data-seat").and_then(|seat| seat.parse::<u32>().ok())
            {
                there.insert(number, element);
            }
        }
        // What is moved in the document loses the focus.
        let active = document().active_element().filter(|active| items.contains(Some(active)));
        let mut next: Option<Element> = None;
        self.order.with_value(|order| {
            for number in order.iter().rev() {
                let Some(element) = there.remove(number) else { continue };
                if moved.contains(number) && element.next_element_sibling() != next {
                    let _ = items.insert_before(&element, next.as_deref());
                }
                next = Some(element);
            }
        });
        if let Some(active) = active.filter(|active| document().active_element().as_ref() != Some(active))
            && let Ok(active) = active.dyn_into::<HtmlElement>()
        {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = active.focus_with_options(&options);
        }
    }
}
