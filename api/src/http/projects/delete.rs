use super::super::{
    App,
    extract::{Calling, InProject, Prefer},
    problem::ApiError,
    respond,
};
use axum::{extract::State, response::Response};
use gaggle_shared::Receipt;

/// Deletes a project with all its data; answers once nothing of it remains. Valid in every phase.
#[utoipa::path(delete, path = "/api/users/{userId}/projects/{projectId}", tag = "projects", responses(
    (status = 200, description = "Nothing remains", body = Receipt),
    (status = 202, description = "It is under way: what went so far", body = Receipt)))]
pub(crate) async fn delete(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    prefer: Prefer,
) -> Result<Response, ApiError> {
    let wait = prefer.wait();
    Ok(respond::outcome(app.gaggle.delete_project(&call, &user, &project, wait).await?, wait))
}
