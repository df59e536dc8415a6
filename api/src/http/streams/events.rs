use super::super::{
    App,
    extract::{Calling, InProject, Limit, Query, accepts, last_event_id},
    problem::ApiError,
    sse,
};
use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use gaggle_core::service::EventFilter;
use gaggle_shared::{Event, Seq, TurnId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only those after this one. A `Last-Event-ID` header beats it.
    after: Option<Seq>,
    /// Only these types, with commas between. `reset` always comes.
    types: Option<String>,
    /// Only of this turn.
    #[param(value_type = Option<String>)]
    turn_id: Option<TurnId>,
    /// Of a page: 1 to 200, 50 by default.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: Limit,
}

impl Which {
    fn filter(self) -> EventFilter {
        let types = self.types.iter().flat_map(|types| types.split(','));
        let types = types.map(str::trim).filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
        EventFilter { types, turn: self.turn_id }
    }
}

/// A page of a journal.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JournalPage)]
pub(crate) struct Page {
    /// In order of seq.
    items: Vec<Event>,
    /// Read on with `after` this.
    last_seq: Seq,
}

/// A project's journal: as server-sent events, then live; with `Accept: application/json`, a page.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/events", tag = "events",
    params(Which, ("Last-Event-ID" = Option<Seq>, Header, description = "The last event that arrived; a browser sends it when it comes back")),
    responses((status = 200, description = "SSE: `id` is the seq, `event` the type, `data` an Event",
        content((Event = "text/event-stream"), (Page = "application/json")))))]
pub(crate) async fn events(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let after = last_event_id(&headers)?.or(which.after).unwrap_or(0);
    let limit = which.limit.0;
    if accepts(&headers, "application/json") && !accepts(&headers, "text/event-stream") {
        let page = app.gaggle.journal(&call, &user, &project, after, limit, which.filter()).await?;
        return Ok(Json(Page { items: page.items, last_seq: page.last_seq }).into_response());
    }
    let lines = app.gaggle.events(&call, &user, &project, after, which.filter()).await?;
    Ok(sse::response(&app, lines.map(|line| sse::line(&line))))
}
