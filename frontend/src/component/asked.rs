use super::icon::{Glyph, Icon};
use crate::hook::{Feed, clock_time};
use crate::model::{plain, tool};
use crate::view;
use gaggle_shared::{Permission, PermissionId, PermissionState};
use leptos::prelude::*;

/// Where an approval was asked: who answered what, and when.
#[component]
pub(crate) fn Asked(id: PermissionId) -> impl IntoView {
    let feed = Feed::get();
    let permission = Memo::new(move |_| feed.with(|chat| chat.permission_of(&id).cloned()));
    move || {
        // What waits stands below, and its tool says that it does.
        let permission = permission.get().filter(|one| one.state != PermissionState::Pending)?;
        Some(view! { <p class="asked"><Icon glyph=Glyph::Bell/><span>{words(&permission)}</span></p> })
    }
}

/// What came of an approval.
pub(crate) fn words(permission: &Permission) -> String {
    let at = permission.answered_at.map(|at| format!(", {}", clock_time(at))).unwrap_or_default();
    match permission.state {
        PermissionState::Pending => "Waits for an answer.".into(),
        PermissionState::Answered => {
            let chosen = permission.options.iter().find(|one| Some(&one.id) == permission.option_id.as_ref());
            let option = chosen.map_or("Answered".into(), |one| plain::line(&tool::option_label(&one.name)));
            let by = permission.answered_by.as_deref().map(|by| format!(" by {}", plain::line(by)));
            let said = permission.comment.as_deref().map(|c| format!(": “{}”", plain::line(c)));
            format!("{option}{}{at}{}", by.unwrap_or_default(), said.unwrap_or_default())
        }
        PermissionState::Expired => format!("Nobody answered in time: rejected{at}."),
        PermissionState::Cancelled => "No longer needed: the turn ended.".into(),
    }
}
