use super::super::{
    App,
    extract::{Limit, Query},
    respond,
};
use axum::{Json, extract::State};
use gaggle_shared::{List, User};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// 1 to 200, 50 by default.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: Limit,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// The users.
#[utoipa::path(get, path = "/api/users", tag = "users", params(Page), responses((status = 200, description = "The users", body = List<User>)))]
pub(crate) async fn users(State(app): State<App>, Query(page): Query<Page>) -> Json<List<User>> {
    let users = app.gaggle.users();
    Json(respond::slice(users, page.cursor.as_deref(), page.limit.0, |user| user.id.as_str()))
}
