use super::super::App;
use crate::doctor;
use axum::{Json, extract::State};
use gaggle_shared::Status;

/// What was found when the server looked at itself: what works, what needs care, what is not isolated, what is a demo.
#[utoipa::path(get, path = "/api/status", tag = "server", responses((status = 200, description = "What was found", body = Status)))]
pub(crate) async fn status(State(app): State<App>) -> Json<Status> {
    Json(doctor::look(&app).await)
}
