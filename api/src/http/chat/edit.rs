use super::super::{
    App,
    extract::{Body, Calling, InTurn},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_shared::{EditTurn, Turn};

/// Changes the text of a waiting message.
#[utoipa::path(patch, path = "/api/users/{userId}/projects/{projectId}/turns/{turnId}", tag = "chat",
    request_body = EditTurn, responses((status = 200, description = "The turn, still waiting", body = Turn)))]
pub(crate) async fn edit(
    State(app): State<App>,
    Calling(call): Calling,
    InTurn(user, project, turn): InTurn,
    body: Body<EditTurn>,
) -> Result<Json<Turn>, ApiError> {
    Ok(Json(app.gaggle.edit_turn(&call, &user, &project, &turn, body.value).await?))
}
