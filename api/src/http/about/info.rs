use super::super::App;
use axum::{Json, extract::State};
use gaggle_shared::Info;

/// Version, runtime, store, provider and model, and what keeps projects apart.
#[utoipa::path(get, path = "/api/info", tag = "server", responses((status = 200, description = "This Gaggle", body = Info)))]
pub(crate) async fn info(State(app): State<App>) -> Json<Info> {
    Json(app.gaggle.info())
}
