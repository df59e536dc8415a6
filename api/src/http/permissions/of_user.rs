use super::{
    super::{
        App,
        extract::{Calling, InUser, Query},
        problem::ApiError,
    },
    which::{Asked, Which},
};
use axum::{Json, extract::State};
use gaggle_shared::{List, Permission};

/// The approvals of all of a user's projects, oldest first.
#[utoipa::path(get, path = "/api/users/{userId}/permissions", tag = "permissions", params(Which),
    responses((status = 200, description = "A page of approvals", body = List<Permission>)))]
pub(crate) async fn of_user(
    State(app): State<App>,
    Calling(call): Calling,
    InUser(user): InUser,
    Query(which): Query<Which>,
) -> Result<Json<List<Permission>>, ApiError> {
    if matches!(which.state, Some(Asked::Over)) {
        return Ok(Json(app.gaggle.permissions_over(&call, &user, None, which.limit.0).await?));
    }
    let pending = which.state.is_some();
    Ok(Json(app.gaggle.permissions(&call, &user, None, pending, which.cursor, which.limit.0).await?))
}
