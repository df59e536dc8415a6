//! Answers of calls that wish something.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use gaggle_core::service::{Outcome, Wait};
use serde::Serialize;

const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// 200 with what it came to, or 202 with what it is so far.
pub fn outcome<T: Serialize>(outcome: Outcome<T>, wait: Wait) -> Response {
    match outcome {
        Outcome::Done(value) => Json(value).into_response(),
        Outcome::Pending(value) => {
            let mut response = (StatusCode::ACCEPTED, Json(value)).into_response();
            let applied = match wait {
                Wait::Done => return response,
                Wait::Now => HeaderValue::from_static("respond-async"),
                Wait::For(time) => match HeaderValue::try_from(format!("wait={}", time.as_secs())) {
                    Ok(value) => value,
                    Err(_) => return response,
                },
            };
            response.headers_mut().insert(APPLIED, applied);
            response
        }
    }
}

/// A page of a list that is at hand as a whole.
pub fn slice<T>(
    items: Vec<T>,
    after: Option<&str>,
    limit: usize,
    id: impl Fn(&T) -> &str,
) -> gaggle_shared::List<T> {
    let start = after
        .map_or(0, |after| items.iter().position(|item| id(item) == after).map_or(items.len(), |at| at + 1));
    let mut items: Vec<T> = items.into_iter().skip(start).take(limit + 1).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|last| id(last).to_owned());
    gaggle_shared::List { items, next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_without_gap_or_double() {
        let all = || ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = slice(all(), cursor.as_deref(), 2, |id| id);
            seen.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all());
        assert!(slice(all(), Some("zz"), 2, |id| id).items.is_empty());
    }
}
