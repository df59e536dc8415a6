use super::{Place, serve, socket};
use crate::http::{
    App,
    extract::{Calling, InProject},
    problem::ApiError,
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use gaggle_shared::Code;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The Agent Client Protocol (ACP v1) over WebSocket, for editors and other clients: the project's agent, its
/// conversations and its approvals, the same as on the page.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/acp", tag = "chat",
    responses(
        (status = 101, description = "The connection is a WebSocket; each text on it is one JSON-RPC 2.0 message"),
        (status = 426, description = "Not asked for as a WebSocket"),
        (status = 429, description = "Too many clients are connected")))]
pub(crate) async fn connect(
    State(app): State<App>,
    Calling(call): Calling,
    InProject(user, project): InProject,
    mut request: Request,
) -> Result<Response, ApiError> {
    // Whoever is not there says so before anything else is looked at.
    app.gaggle.project(&call, &user, &project).await?;
    let Some(accept) = accept_key(request.headers()) else { return Ok(upgrade_required()) };
    let Some(upgrade) = request.extensions_mut().remove::<hyper::upgrade::OnUpgrade>() else {
        return Ok(upgrade_required());
    };
    let place = app.acp.take(&project).ok_or_else(|| {
        ApiError::new(Code::RateLimited, "too many ACP clients are connected").hint("close one first")
    })?;
    let longest = app.limits.body;
    let about = Place { call, user, project };
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let (wire, carrying) = socket::carry(TokioIo::new(upgraded), longest).await;
        tokio::join!(carrying, serve(app, about, wire));
        drop(place);
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

fn upgrade_required() -> Response {
    let mut response = ApiError::new(Code::InvalidRequest, "this address is a WebSocket")
        .hint("connect to it with an ACP client; docs/API.md says how")
        .status(StatusCode::UPGRADE_REQUIRED)
        .into_response();
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    response
}

/// What answers the handshake; none: it is none.
fn accept_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let lists = |name: HeaderName, word: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|one| one.trim().eq_ignore_ascii_case(word))
    };
    let good = lists(header::CONNECTION, "upgrade")
        && lists(header::UPGRADE, "websocket")
        && lists(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| good)?;
    HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok()
}
