//! Small doors to the browser.

use super::app::App;
use gaggle_shared::Time;
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// The browser's clock: the page's only one.
pub(crate) fn now() -> Time {
    Time::from_millisecond(js_sys::Date::now() as i64).unwrap_or(Time::UNIX_EPOCH)
}

/// The time of day where the reader is.
pub(crate) fn clock_time(at: Time) -> String {
    let date = js_sys::Date::new(&(at.as_millisecond() as f64).into());
    let two = |n: u32| format!("{n:02}");
    let today = js_sys::Date::new_0();
    let clock = format!("{}:{}", two(date.get_hours()), two(date.get_minutes()));
    if date.to_date_string() == today.to_date_string() {
        clock
    } else {
        format!("{}-{}-{} {clock}", date.get_full_year(), two(date.get_month() + 1), two(date.get_date()))
    }
}

/// An instant as an address says it: `2026-11-23T14:02:07.120Z`.
pub(crate) fn instant(at: Time) -> String {
    js_sys::Date::new(&(at.as_millisecond() as f64).into()).to_iso_string().into()
}

/// A random number from 0 to 1, for spreading out; not for secrets.
pub(crate) fn dice() -> f64 {
    js_sys::Math::random()
}

/// A fresh idempotency key.
pub(crate) fn fresh_key() -> String {
    let mut bytes = [0u8; 16];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps a small text over reloads, where the browser allows it; an empty one is forgotten.
pub(crate) fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let key = format!("gaggle.{key}");
        let _ = if value.is_empty() { storage.remove_item(&key) } else { storage.set_item(&key, value) };
    }
}

/// What was kept under this key.
pub(crate) fn recall(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(&format!("gaggle.{key}")).ok().flatten()
}

/// Puts a text on the clipboard, where the browser has one for this page: it has none over plain HTTP.
pub(crate) fn copy(text: &str) -> Copying {
    let clipboard = window().navigator().clipboard();
    Copying((!clipboard.is_undefined()).then(|| clipboard.write_text(text)))
}

/// A text on its way to the clipboard.
pub(crate) struct Copying(Option<js_sys::Promise>);

impl Copying {
    /// Goes on once it is there; if it never will be, says so.
    pub(crate) fn then(self, app: App, there: impl FnOnce() + 'static) {
        spawn_local(async move {
            let refused = match self.0 {
                Some(sent) => JsFuture::from(sent).await.is_err().then_some("The browser did not allow it."),
                None => Some("The browser has no clipboard for pages without HTTPS."),
            };
            match refused {
                None => there(),
                Some(why) => {
                    let hint = format!("{why} Select the text and copy it by hand.");
                    app.toast("It was not copied".into(), Some(hint), true);
                }
            }
        });
    }
}

/// What the key for commands is called here.
pub(crate) fn command_key() -> &'static str {
    let platform = window().navigator().platform().unwrap_or_default();
    if ["Mac", "iPhone", "iPad"].iter().any(|apple| platform.starts_with(apple)) { "⌘" } else { "Ctrl" }
}

/// Words with keys as they are called here.
pub(crate) fn key_names(words: &str) -> String {
    words.replace("Ctrl", command_key())
}

/// True on phones and tablets, where Enter makes a line.
pub(crate) fn on_coarse_pointer() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|media| media.matches())
}

/// True where keys are not what a person has at hand: touch, and screens as narrow as a phone's.
pub(crate) fn on_small_or_touch() -> bool {
    let media = window().match_media("(pointer: coarse), (hover: none), (max-width: 760px)");
    media.ok().flatten().is_some_and(|media| media.matches())
}

/// Moves the focus to the element of this id, if there is one.
pub(crate) fn focus(id: &str) {
    if let Some(element) =
        document().get_element_by_id(id).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = element.focus();
    }
}

/// Gives the focus to the content if nothing has it, because what had it goes away.
pub(crate) fn catch_focus() {
    catch_focus_at(&["#main"]);
}

/// As [`catch_focus`], to the first of these that is there. Where it would bring up a keyboard of glass, one writes
/// when one wants to.
pub(crate) fn catch_focus_at(places: &'static [&'static str]) {
    request_animation_frame(move || {
        let lost = || document().active_element().is_none_or(|active| active.tag_name() == "BODY");
        let writes = |place: &&&str| **place == "#composer";
        for place in places.iter().filter(|place| !(writes(place) && on_coarse_pointer())) {
            if !lost() {
                return;
            }
            let found = document().query_selector(place).ok().flatten();
            if let Some(found) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = found.focus();
            }
        }
    });
}

/// The field of a form has the focus while it is open; the button that opened it, which comes back when it closes, gets
/// it then.
pub(crate) fn focus_while(open: RwSignal<bool>, field: NodeRef<html::Input>, button: NodeRef<html::Button>) {
    Effect::new(move |owed: Option<bool>| {
        let (field, button) = (field.get(), button.get());
        if open.get() {
            let _ = field.map(|field| field.focus());
            return true;
        }
        let owed = owed == Some(true);
        // The button of before may still be known, though it is not there any more.
        let _ = button.as_ref().filter(|_| owed).map(|button| button.focus());
        owed && !button.is_some_and(|button| button.is_connected())
    });
}

/// What has the focus, to give it back when what takes it goes.
#[derive(Clone, Copy)]
pub(crate) struct FocusBack(StoredValue<Option<web_sys::Element>, LocalStorage>);

impl FocusBack {
    /// Remembers what has it now.
    pub(crate) fn here() -> Self {
        Self(StoredValue::new_local(document().active_element()))
    }

    /// Gives it back; to the content if that is not there any more.
    pub(crate) fn give(self) {
        let had = self.0.get_value().and_then(|had| had.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(had) = had.filter(|had| had.is_connected()) {
            let _ = had.focus();
        }
        catch_focus();
    }
}

/// Gives the person a text as a file.
pub(crate) fn save(name: &str, kind: &str, text: &str) {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    let parts = js_sys::Array::of1(&text.into());
    let Ok(blob) = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    if let Ok(link) = document().create_element("a") {
        let _ = link.set_attribute("href", &address);
        let _ = link.set_attribute("download", name);
        if let Ok(link) = link.dyn_into::<web_sys::HtmlElement>() {
            link.click();
        }
    }
    let _ = web_sys::Url::revoke_object_url(&address);
}
