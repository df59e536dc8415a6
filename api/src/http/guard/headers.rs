use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};

/// For every answer.
const ALWAYS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

/// For every answer but parts.
const SHOWN: [(HeaderName, &str); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// What takes effect only as a part of a document, whose policy holds for it. By itself a browser runs nothing of it, for
/// it does not guess at kinds (`nosniff`). Every other kind may be gone to and shown: it needs a policy of its own.
const PARTS: [&str; 4] = ["text/javascript", "text/css", "application/wasm", "font/woff2"];

/// Adds the security headers that a handler did not set itself; what the API says is never kept by a cache.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    // What a browser has already it has with its headers.
    let is_part = response.status() == StatusCode::NOT_MODIFIED || is_part(response.headers());
    let headers = response.headers_mut();
    for (name, value) in ALWAYS.into_iter().chain(SHOWN.into_iter().filter(|_| !is_part)) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn is_part(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    PARTS.contains(&kind.split(';').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_browser_shows_by_itself_is_a_part() {
        let is = |kind: &'static str| {
            is_part(&HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]))
        };
        assert!(is("text/javascript; charset=utf-8") && is("text/css") && is("application/wasm"));
        for kind in [
            "text/html; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "application/pdf",
            "text/plain; charset=utf-8",
            "application/json",
            "application/problem+json",
            "image/png",
            "",
        ] {
            assert!(!is(kind), "{kind}");
        }
        assert!(!is_part(&HeaderMap::new()));
    }
}
