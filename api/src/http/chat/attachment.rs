use super::super::{
    App,
    extract::{Calling, InAttachment},
    problem::ApiError,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use gaggle_shared::Attachment;

/// One of the things that came with a turn's message, counted from 0: an image as it is, anything else as plain text.
#[utoipa::path(get, path = "/api/users/{userId}/projects/{projectId}/turns/{turnId}/attachments/{index}", tag = "chat",
    responses((status = 200, description = "Its bytes", content((String = "image/png"), (String = "text/plain")))))]
pub(crate) async fn attachment(
    State(app): State<App>,
    Calling(call): Calling,
    InAttachment(user, project, turn, index): InAttachment,
) -> Result<Response, ApiError> {
    Ok(answer(app.gaggle.attachment(&call, &user, &project, &turn, index).await?))
}

/// Only kinds of images that run nothing are named as what they are; the sender's other names are not repeated.
fn answer(found: Attachment) -> Response {
    let mut headers = HeaderMap::new();
    let kind = match found.info().is_image() && found.is_image() {
        true => HeaderValue::try_from(&found.mime_type).ok(),
        false => None,
    };
    let kind = kind.unwrap_or(HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONTENT_TYPE, kind);
    let bytes = match (found.data, found.text) {
        (Some(data), _) => BASE64_STANDARD.decode(data).unwrap_or_default(),
        (None, text) => text.unwrap_or_default().into_bytes(),
    };
    (headers, Bytes::from(bytes)).into_response()
}
