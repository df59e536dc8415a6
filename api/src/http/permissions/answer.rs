use super::super::{
    App,
    extract::{Body, InPermission, Posting},
    problem::ApiError,
};
use axum::{Json, extract::State};
use gaggle_shared::{AnswerPermission, Permission};

/// Answers an approval; the first answer wins.
#[utoipa::path(post, path = "/api/users/{userId}/projects/{projectId}/permissions/{permissionId}", tag = "permissions",
    request_body = AnswerPermission, responses((status = 200, description = "The approval, answered", body = Permission)))]
pub(crate) async fn answer(
    State(app): State<App>,
    posting: Posting,
    InPermission(user, project, permission): InPermission,
    body: Body<AnswerPermission>,
) -> Result<Json<Permission>, ApiError> {
    let call = posting.with(&body.bytes);
    Ok(Json(app.gaggle.answer_permission(&call, &user, &project, &permission, body.value).await?))
}
