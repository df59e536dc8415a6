use super::icon::{Glyph, Icon};
use super::message::MessageView;
use crate::hook::{Feed, Route, State};
use crate::model::chat::window::{Anchor, Window};
use crate::view;
use gaggle_shared::{MessageId, TurnId};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::{JsCast, prelude::Closure};

/// How near to the end still counts as reading the newest.
const NEAR_PX: f64 = 60.0;
/// So much is drawn beyond what is seen, above and below. Little more than the least: who scrolls gets a few messages
/// in many frames, not many in one.
const BEYOND_PX: f64 = 900.0;
/// Drawn anew only when what is left beyond is less than this.
const LEAST_PX: f64 = 500.0;

/// What is drawn of the messages: from one to another, with room for those above and below.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Drawn {
    first: usize,
    end: usize,
    above: f64,
    below: f64,
}

/// The scroller and what it knows; copies are the same one.
#[derive(Clone, Copy)]
struct Scroller {
    feed: Feed,
    node: NodeRef<html::Div>,
    list: NodeRef<html::Div>,
    window: StoredValue<Window<MessageId>>,
    anchor: StoredValue<Option<Anchor<MessageId>>>,
    last_top: StoredValue<f64>,
    drawn: RwSignal<Drawn>,
    shown: RwSignal<Vec<MessageId>>,
    /// True while the reader is at the end: what comes moves up.
    stuck: RwSignal<bool>,
}

/// The messages of a session. Few are drawn, however many there are; it follows what is new only while the reader is
/// at its end, and whatever grows or comes above leaves what is read where it is.
#[component]
pub(crate) fn Transcript(#[prop(into)] empty: ViewFn, after: AnyView) -> impl IntoView {
    let feed = Feed::get();
    let scroller = Scroller {
        feed,
        node: NodeRef::new(),
        list: NodeRef::new(),
        window: StoredValue::new(Window::default()),
        anchor: StoredValue::new(None),
        last_top: StoredValue::new(0.0),
        drawn: RwSignal::new(Drawn::default()),
        shown: RwSignal::new(Vec::new()),
        stuck: RwSignal::new(true),
    };
    let stuck = scroller.stuck;
    scroller.watch();
    let blank = Memo::new(move |_| feed.ids.read().is_empty());
    let state = Memo::new(move |_| feed.state.get());
    let drawn = scroller.drawn;
    view! {
        <div class="scroll-box">
        <div
            class="scroller"
            node_ref=scroller.node
            on:scroll=move |_| scroller.scrolled()
            tabindex="0"
            role="region"
            aria-label="Conversation"
        >
            <div class="transcript">
                <Show when=move || feed.older.read().is_some()>
                    <button class="btn ghost small older" on:click=move |_| feed.read_older()>"Earlier messages"</button>
                </Show>
                <Show when=move || state.get() == State::Loading>
                    <Skeleton/>
                </Show>
                <Show when=move || blank.get() && state.get() == State::Ready>{empty.run()}</Show>
                <div class="messages" node_ref=scroller.list>
                    <div class="room" aria-hidden="true" style:height=move || format!("{}px", drawn.get().above)></div>
                    <For each=move || scroller.shown.get() key=MessageId::clone let:id>
                        {feed.row(&id).map(|row| view! { <MessageView row/> })}
                    </For>
                    <div class="room" aria-hidden="true" style:height=move || format!("{}px", drawn.get().below)></div>
                </div>
                {after}
            </div>
        </div>
        <Show when=move || !stuck.get()>
            <button
                class="btn small newest-button"
                on:click=move |_| scroller.follow()
            >
                <Icon glyph=Glyph::Down/>
                "Newest"
            </button>
        </Show>
        </div>
    }
}

impl Scroller {
    /// Watches what can change: the messages, their heights, the session, whether the page is looked at.
    fn watch(self) {
        let feed = self.feed;
        Effect::new(move |_| {
            let ids = feed.ids.get();
            // Who has scrolled up stays, also where messages went: at their own, else at the nearest.
            let anchor = self.anchor.get_value();
            self.window.update_value(|window| {
                self.anchor.set_value(anchor.and_then(|anchor| window.moved(anchor, &ids)));
                window.set(ids.to_vec());
            });
            if self.stuck.get_untracked() {
                self.to_end();
            }
            self.draw();
        });
        Effect::new(move |_| {
            feed.session.track();
            self.stuck.set(true);
            self.anchor.set_value(None);
            self.to_end();
        });
        Effect::new(move |_| {
            feed.tick.track();
            if self.stuck.get() && !document().hidden() {
                feed.is_read();
            }
        });
        let looked = window_event_listener(ev::visibilitychange, move |_| {
            if !document().hidden() {
                feed.arrive();
            } else if self.stuck.get_untracked() {
                feed.is_read();
            }
        });
        feed.arrive();
        on_cleanup(move || {
            looked.remove();
            if self.stuck.get_untracked() && !document().hidden() {
                feed.is_read();
            }
        });
        Effect::new(move |_| {
            // Who spoke while reading above wants to see the answer.
            if feed.spoke.get() > 0 {
                self.follow();
            }
        });
        self.seek();
        self.watch_heights();
    }

    /// A link to a turn, `?turn=`, leads to where it begins, in whichever conversation and however long ago.
    fn seek(self) {
        let (feed, route) = (self.feed, Route::get());
        let sought = route.asked("turn");
        Effect::new(move |_| {
            let Ok(turn) = TurnId::parse(&sought.read()) else { return };
            let ids = feed.ids.get();
            if feed.state.get() != State::Ready {
                return;
            }
            let more = feed.older.read().is_some();
            let found = feed
                .peek(|chat| chat.first_of(&turn).map(|entry| (entry.session_id.clone(), entry.id.clone())));
            let of_turn = feed.peek(|chat| chat.turn_of(&turn).map(|turn| turn.session_id.clone()));
            let shown = feed.session.get_untracked();
            let session = found.as_ref().map(|(session, _)| session.clone()).or(of_turn);
            if let Some(session) = session.filter(|session| *session != shown) {
                return feed.show(session);
            }
            let earlier = feed.peek(|chat| chat.oldest(&shown).is_some_and(|oldest| turn < oldest.turn_id));
            match found {
                // After the list took the messages in.
                Some((_, id)) if ids.contains(&id) => request_animation_frame(move || {
                    if self.land(id) {
                        route.ask("turn", "");
                    }
                }),
                None if more && earlier => feed.read_older(),
                _ => {}
            }
        });
    }

    /// What scrolls, while it is there: a frame that was asked for may come when all of this is gone.
    fn node(self) -> Option<web_sys::HtmlDivElement> {
        self.node.try_get_untracked().flatten()
    }

    fn list(self) -> Option<web_sys::HtmlDivElement> {
        self.list.try_get_untracked().flatten()
    }

    /// Puts a message at the top of what is seen; false if that is not there.
    fn land(self, id: MessageId) -> bool {
        let anchor = Anchor { key: id, into: -12.0 };
        let Some(top) = self.window.try_with_value(|window| window.top_of(&anchor)).flatten() else {
            return false;
        };
        self.stuck.set(false);
        self.anchor.set_value(Some(anchor));
        self.draw();
        if let (Some(node), Some(start)) = (self.node(), self.start()) {
            node.set_scroll_top((top + start).round() as i32);
            self.last_top.set_value(f64::from(node.scroll_top()));
        }
        true
    }

    /// Goes to the end and stays there.
    fn follow(self) {
        self.stuck.set(true);
        self.draw();
        self.to_end();
    }

    /// Whatever makes a message grow: words, an opened tool, a font, a narrower window.
    fn watch_heights(self) {
        Effect::new(move |_| {
            let (Some(list), Some(node)) = (self.list.get(), self.node.get()) else { return };
            let grown = Closure::<dyn Fn()>::new(move || self.settle());
            if let Ok(observer) = web_sys::ResizeObserver::new(grown.as_ref().unchecked_ref()) {
                observer.observe(&list);
                observer.observe(&node);
                // What follows the messages, such as a start, moves the end too.
                if let Some(parent) = list.parent_element() {
                    observer.observe(&parent);
                }
                let kept = send_wrapper::SendWrapper::new((observer, grown));
                on_cleanup(move || kept.0.disconnect());
            }
        });
    }

    /// Measures what is drawn and puts the reader back to where they stood.
    fn settle(self) {
        let Some(node) = self.node() else { return };
        self.measure();
        if self.stuck.get_untracked() {
            self.to_end();
        } else if let (Some(anchor), Some(start)) = (self.anchor.get_value(), self.start()) {
            let wanted = self.window.with_value(|window| window.top_of(&anchor)).map(|top| top + start);
            let top = f64::from(node.scroll_top());
            if let Some(wanted) = wanted.filter(|wanted| (wanted - top).abs() > 1.0) {
                node.set_scroll_top(wanted.round() as i32);
                self.last_top.set_value(f64::from(node.scroll_top()));
            }
        }
        request_animation_frame(move || self.draw());
    }

    fn measure(self) {
        let Some(list) = self.list() else { return };
        let children = list.children();
        let shown = self.shown.get_untracked();
        // What is drawn may be a moment older than what shall be.
        if children.length() as usize != shown.len() + 2 {
            return;
        }
        let Some(first) = self.window.with_value(|window| window.index_of(&shown)) else { return };
        self.window.update_value(|window| {
            // The first and the last child are the room above and below.
            for at in 1..children.length().saturating_sub(1) {
                if let Some(child) = children.item(at) {
                    window.measure(first + at as usize - 1, child.get_bounding_client_rect().height());
                }
            }
        });
    }

    /// Where the messages begin within what scrolls.
    fn start(self) -> Option<f64> {
        let (list, node) = (self.list()?, self.node()?);
        let (list, seen) = (list.get_bounding_client_rect().top(), node.get_bounding_client_rect().top());
        Some(list - seen + f64::from(node.scroll_top()))
    }

    fn scrolled(self) {
        let Some(node) = self.node() else { return };
        let top = f64::from(node.scroll_top());
        let below = f64::from(node.scroll_height() - node.client_height()) - top;
        // Only a reader who goes up leaves the end: what grows pushes it away from everybody.
        let up = top < self.last_top.get_value() - 1.0;
        self.last_top.set_value(top);
        let stuck = below < NEAR_PX || (self.stuck.get_untracked() && !up);
        if self.stuck.get_untracked() != stuck {
            self.stuck.set(stuck);
        }
        if let Some(start) = self.start() {
            self.anchor.set_value(self.window.with_value(|window| window.anchor(top - start)));
        }
        self.draw();
    }

    /// Draws what is near the view, if what is drawn does not do.
    fn draw(self) {
        let (Some(node), Some(start)) = (self.node(), self.start()) else { return };
        let view = f64::from(node.client_height());
        let (now, anchor) = (self.drawn.get_untracked(), self.anchor.get_value());
        let mut shown = Vec::new();
        let mut top = f64::from(node.scroll_top()) - start;
        let new = self.window.with_value(|window| {
            // Where the reader stands is said by a row: rows may just have come above it.
            top = anchor.and_then(|anchor| window.top_of(&anchor)).unwrap_or(top);
            let (from, to) = match self.stuck.get_untracked() {
                true => {
                    let end = window.offset(window.len());
                    (end - view, end)
                }
                false => (top, top + view),
            };
            let needed = window.range((from - LEAST_PX).max(0.0), to + LEAST_PX);
            let drawn = self
                .shown
                .with_untracked(|shown| Some(window.index_of(shown)?..window.index_of(shown)? + shown.len()));
            let fits = drawn.filter(|drawn| drawn.start <= needed.start && drawn.end >= needed.end);
            let range = fits.unwrap_or_else(|| window.range((from - BEYOND_PX).max(0.0), to + BEYOND_PX));
            shown = window.keys(range.clone()).to_vec();
            let (above, below) = (window.offset(range.start), window.rest(range.end));
            Drawn { first: range.start, end: range.end, above, below }
        });
        if new != now {
            self.drawn.set(new);
        }
        if *self.shown.read_untracked() != shown {
            self.keep_focus(&shown);
            self.shown.set(shown);
        }
        if top < view * 2.0 && self.feed.older.read_untracked().is_some() {
            self.feed.read_older();
        }
    }

    /// A message that goes out of the drawing must not take the focus with it.
    fn keep_focus(self, next: &[MessageId]) {
        let (Some(list), Some(node)) = (self.list(), self.node()) else { return };
        let Some(active) = document().active_element().filter(|active| list.contains(Some(active))) else {
            return;
        };
        let children = list.children();
        let holds = |at: &u32| children.item(*at).is_some_and(|child| child.contains(Some(&active)));
        let Some(at) = (1..children.length()).find(holds) else { return };
        let stays =
            self.shown.with_untracked(|shown| shown.get(at as usize - 1).is_some_and(|id| next.contains(id)));
        if !stays {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = node.focus_with_options(&options);
        }
    }

    fn to_end(self) {
        if let Some(node) = self.node() {
            node.set_scroll_top(node.scroll_height());
            self.last_top.set_value(f64::from(node.scroll_top()));
        }
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeletons" role="status">
            <span class="sr">"Loading the conversation"</span>
            <i class="skeleton short"></i>
            <i class="skeleton"></i>
            <i class="skeleton"></i>
        </div>
    }
}
