use super::super::{
    App,
    extract::{Calling, InTurn},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_shared::Turn;

/// Takes back a waiting message: it ends as `cancelled`.
#[utoipa::path(delete, path = "/api/users/{userId}/projects/{projectId}/turns/{turnId}", tag = "chat",
    responses((status = 200, description = "The turn, ended", body = Turn)))]
pub(crate) async fn take_back(
    State(app): State<App>,
    Calling(call): Calling,
    InTurn(user, project, turn): InTurn,
) -> Result<Json<Turn>, ApiError> {
    Ok(Json(app.gaggle.take_back_turn(&call, &user, &project, &turn).await?))
}
