use super::super::extract::Calling;
use axum::Json;
use gaggle_shared::Caller;

/// Who is calling and what they may do: today anybody, anything.
#[utoipa::path(get, path = "/api/me", tag = "server", responses((status = 200, description = "The caller", body = Caller)))]
pub(crate) async fn me(Calling(call): Calling) -> Json<Caller> {
    Json(call.caller)
}
