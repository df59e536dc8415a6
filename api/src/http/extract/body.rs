use super::super::{App, problem::ApiError};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use gaggle_shared::Code;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::error::Category;

/// A JSON body that keeps its type's rules, and its bytes.
#[derive(Debug)]
pub struct Body<T> {
    /// What it says.
    pub value: T,
    /// As it came.
    pub bytes: Bytes,
}

/// As [`Body`]; no body at all is the default.
#[derive(Debug)]
pub struct MaybeBody<T>(pub Body<T>);

/// The body of a call that takes none: nothing or `{}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let is_json = json(request.headers());
        let bytes = read(request, app).await?;
        if !is_json {
            return Err(not_json());
        }
        parse(&bytes).map(|value| Self { value, bytes })
    }
}

impl<T: DeserializeOwned + Default> FromRequest<App> for MaybeBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let is_json = json(request.headers());
        let bytes = read(request, app).await?;
        if bytes.is_empty() {
            return Ok(Self(Body { value: T::default(), bytes }));
        }
        if !is_json {
            return Err(not_json());
        }
        parse(&bytes).map(|value| Self(Body { value, bytes }))
    }
}

/// `application/json`, `application/merge-patch+json` and the like.
fn json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn not_json() -> ApiError {
    ApiError::new(Code::UnsupportedMediaType, "the body's type is not JSON")
        .hint("send the header Content-Type: application/json")
}

/// Reads the whole body within the limits.
async fn read(request: Request, app: &App) -> Result<Bytes, ApiError> {
    let limit = app.limits.body;
    let too_large = || {
        ApiError::new(Code::PayloadTooLarge, format!("the body is larger than {limit} bytes"))
            .hint("the server's GAGGLE_MAX_BODY sets the limit")
    };
    let told = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let whole = Limited::new(request.into_body(), limit).collect();
    match tokio::time::timeout(app.limits.body_time, whole).await {
        Err(_) => {
            Err(ApiError::malformed("the body took too long to arrive").status(StatusCode::REQUEST_TIMEOUT))
        }
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(error)) if error.source().is_some_and(<dyn std::error::Error>::is::<LengthLimitError>) => {
            Err(too_large())
        }
        Ok(Err(_)) => Err(ApiError::malformed("the body could not be read to its end")),
    }
}

/// 400 for what is not JSON, 422 with field and rule for what breaks one.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            Category::Data => {
                let text = inner.to_string();
                let rule = text.rfind(" at line ").map_or(text.as_str(), |at| &text[..at]);
                if path == "." {
                    ApiError::new(Code::InvalidRequest, rule)
                } else {
                    ApiError::invalid(&path, rule)
                }
            }
            Category::Io | Category::Syntax | Category::Eof => {
                ApiError::malformed(format!("not JSON: {inner}"))
            }
        }
    })?;
    from.end().map_err(|error| ApiError::malformed(format!("not JSON: {error}")))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::{CreateProject, SendMessage};

    fn refused<T: DeserializeOwned>(text: &str) -> (u16, String) {
        let problem = parse::<T>(text.as_bytes()).err().unwrap().problem().clone();
        (problem.status, problem.detail)
    }

    #[test]
    fn what_is_not_json_is_400() {
        for text in ["", "{", "nope", "{\"name\": \"a\"} x", "\u{0}"] {
            assert_eq!(refused::<CreateProject>(text).0, 400, "{text:?}");
        }
    }

    #[test]
    fn what_breaks_a_rule_is_422_and_names_field_and_rule() {
        let cases = [
            (r#"{"name":"a","colour":1}"#, "colour"),
            (r#"{"name":7}"#, "name"),
            (r#"{"name":""}"#, "name: name: 1 to 100 characters"),
            (r#"{}"#, "missing field `name`"),
            (r#"[]"#, "expected"),
            (r#"{"name":"a","settings":{"idleTimeout":"soon"}}"#, "settings.idleTimeout"),
            (r#"{"name":"a","settings":{"mode":"yolo"}}"#, "settings.mode"),
        ];
        for (text, part) in cases {
            let (status, detail) = refused::<CreateProject>(text);
            assert_eq!(status, 422, "{text}");
            assert!(detail.contains(part.trim_start_matches("name: ")), "{text}: {detail}");
        }
        assert_eq!(refused::<SendMessage>(r#"{"text":"a","sessionId":"../x"}"#).0, 422);
    }
}
