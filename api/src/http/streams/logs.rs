use super::super::{
    App,
    extract::{Calling, InProject, Query},
    problem::ApiError,
    sse,
};
use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Deserialize;
use std::convert::Infallible;
use utoipa::IntoParams;

const MOST: usize = 100_000;

/// How much of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// True: as server-sent events, one line each, then live.
    #[serde(default)]
    follow: bool,
    /// The last so many lines, at most 100000; 2000 by default.
    tail: Option<usize>,
}

/// The agent's log as text; with `follow=true` as server-sent events. While asleep, the last kept 1 MiB.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/logs", tag = "events", params(Which),
    responses((status = 200, description = "Lines", content((String = "text/plain"), (String = "text/event-stream")))))]
pub(crate) async fn logs(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    Query(which): Query<Which>,
) -> Result<Response, ApiError> {
    let tail = which.tail.unwrap_or(2000);
    if tail > MOST {
        return Err(ApiError::invalid("tail", format!("at most {MOST}")));
    }
    let lines = app.gaggle.logs(&call, &user, &project, tail, which.follow).await?;
    if which.follow {
        return Ok(sse::response(&app, lines.map(|line| sse::frame(None, None, &line))));
    }
    let text = lines.map(|line| Ok::<_, Infallible>(Bytes::from(line + "\n")));
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], Body::from_stream(text)).into_response())
}
