use super::super::{
    App,
    extract::{Calling, InProject, Limit, Query},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_core::service::MessageQuery;
use gaggle_shared::{List, Message, SessionId, TurnId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only of this session.
    #[param(value_type = Option<String>)]
    session_id: Option<SessionId>,
    /// `nextCursor` of the page after: only what came before.
    #[param(value_type = Option<String>)]
    before: Option<TurnId>,
    /// The same as `before`.
    #[param(value_type = Option<String>)]
    cursor: Option<TurnId>,
    /// 1 to 200, 50 by default.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: Limit,
}

/// The transcript, oldest first, also while asleep: its newest messages, or those before `before`.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/messages", tag = "chat", params(Which),
    responses((status = 200, description = "A page of the transcript; `nextCursor` leads to older ones", body = List<Message>)))]
pub(crate) async fn messages(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    Query(which): Query<Which>,
) -> Result<Json<List<Message>>, ApiError> {
    let query = MessageQuery {
        session: which.session_id,
        before: which.before.or(which.cursor),
        limit: which.limit.0,
    };
    Ok(Json(app.gaggle.messages(&call, &user, &project, &query).await?))
}
