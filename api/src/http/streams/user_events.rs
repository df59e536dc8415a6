use super::super::{
    App,
    extract::{Calling, InUser},
    problem::ApiError,
    sse,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use bytes::Bytes;
use futures_util::StreamExt;
use gaggle_core::service::UserEvent;
use serde_json::json;

fn frame(id: Option<&str>, event: &UserEvent) -> Bytes {
    let (kind, data) = match event {
        UserEvent::Snapshot { items, more } => {
            ("snapshot", json!({ "items": items, "more": more }).to_string())
        }
        UserEvent::Created(project) => ("project.created", json!(project).to_string()),
        UserEvent::Changed(project) => ("project.changed", json!(project).to_string()),
        UserEvent::Deleted(project) => ("project.deleted", json!(project).to_string()),
    };
    sse::frame(id, Some(kind), &data)
}

/// A user's projects, live: first a snapshot (`snapshot` events with `items` and `more`), then `project.created`,
/// `project.changed` and `project.deleted`.
#[utoipa::path(get, path = "/api/users/{userId}/events", tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "The last event that arrived; without a snapshot if it is still known")),
    responses((status = 200, description = "SSE: `data` is the Project; of a deleted one as it was last", body = String, content_type = "text/event-stream")))]
pub(crate) async fn user_events(
    State(app): State<App>,
    Calling(call): Calling,
    InUser(user): InUser,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let resume =
        headers.get("last-event-id").and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    let events = app.gaggle.user_events(&call, &user, resume).await?;
    Ok(sse::response(&app, events.map(|(id, event)| frame(id.as_deref(), &event))))
}
