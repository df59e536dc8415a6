use super::super::{App, problem::ApiError};
use axum::{Json, extract::State};
use gaggle_shared::{List, Orphan};

/// What carries this Gaggle's label though no record knows it, and what will be done about it. Looks and changes nothing.
#[utoipa::path(get, path = "/api/orphans", tag = "server",
    responses((status = 200, description = "What is nobody's", body = List<Orphan>)))]
pub(crate) async fn orphans(State(app): State<App>) -> Result<Json<List<Orphan>>, ApiError> {
    let items = app.gaggle.orphans().await?;
    Ok(Json(List { items, next_cursor: None }))
}
