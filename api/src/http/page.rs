//! The page, served from the binary: what `build.rs` found in `frontend/dist`, compressed at build time.

use super::problem::ApiError;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use gaggle_shared::Code;

/// One file of the page.
struct Asset {
    path: &'static str,
    kind: &'static str,
    etag: &'static str,
    /// Its name holds a hash of its content: it never changes.
    immutable: bool,
    plain: &'static [u8],
    /// None where compressing gains nothing.
    brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Whether the page was built into this binary.
pub const fn built() -> bool {
    BUILT
}

/// A file of the page; any other address without a file's ending is a route of the page and gets `index.html`.
pub fn serve(request: &Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response =
            ApiError::new(Code::MethodNotAllowed, "this address does not know this method").into_response();
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let path = request.uri().path();
    let asset = ASSETS.iter().find(|asset| asset.path == path);
    let is_route = path.rsplit('/').next().is_some_and(|last| !last.contains('.'));
    match asset.or_else(|| ASSETS.iter().find(|asset| is_route && asset.path == "/index.html")) {
        Some(asset) => file(asset, request.headers()),
        None => ApiError::new(Code::NotFound, "there is nothing at this address").into_response(),
    }
}

fn file(asset: &Asset, headers: &HeaderMap) -> Response {
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let packed = asset.brotli.filter(|_| accepted.is_some_and(takes_brotli));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = known
        .is_some_and(|known| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == asset.etag));
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(packed.unwrap_or(asset.plain)).into_response()
    };
    let mut set = |name: HeaderName, value: &'static str| {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    };
    set(header::CACHE_CONTROL, cache);
    set(header::ETAG, asset.etag);
    // All else that there is are parts, for which this one's holds (`guard/headers.rs`).
    if asset.kind.starts_with("text/html") {
        set(header::CONTENT_SECURITY_POLICY, CSP);
    }
    if asset.brotli.is_some() {
        set(header::VARY, "accept-encoding");
    }
    if !fresh {
        set(header::CONTENT_TYPE, asset.kind);
        if packed.is_some() {
            set(header::CONTENT_ENCODING, "br");
        }
    }
    response
}

fn takes_brotli(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused =
            weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse::<f32>().is_ok_and(|q| q <= 0.0));
        name.trim().eq_ignore_ascii_case("br") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_sent_to_who_takes_it() {
        assert!(takes_brotli("gzip, deflate, br, zstd"));
        assert!(takes_brotli("br;q=0.5"));
        assert!(!takes_brotli("gzip") && !takes_brotli("br;q=0") && !takes_brotli(""));
    }

    #[test]
    fn the_policy_lets_nothing_in_from_elsewhere() {
        for part in ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'"] {
            assert!(CSP.contains(part), "{CSP}");
        }
        assert!(!CSP.contains("'unsafe-inline'") && !CSP.contains("http"), "{CSP}");
    }

    #[test]
    fn routes_of_the_page_get_its_index_and_missing_files_do_not() {
        let get = |path: &str| serve(&Request::get(path).body(Body::empty()).unwrap());
        for path in ["/", "/alice", "/alice/p123"] {
            assert_eq!(get(path).status(), StatusCode::OK, "{path}");
            assert_eq!(get(path).headers()[header::CACHE_CONTROL], "no-cache", "{path}");
        }
        assert_eq!(get("/gone-0123456789abcdef.js").status(), StatusCode::NOT_FOUND);
        assert_eq!(get("/../Cargo.toml").status(), StatusCode::NOT_FOUND);
    }
}
