//! A kubeconfig as people have one for a server. Also the tests of the server use this file.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

/// For the API server at this address, whose authority is `ca` (PEM), with a token.
pub(crate) fn kubeconfig(server: &str, ca: &str, token: &str) -> String {
    let named = |what: &str, of: serde_json::Value| json!([{"name": "test", what: of}]);
    // JSON is YAML.
    json!({"apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": named("cluster", json!({"server": server, "certificate-authority-data": STANDARD.encode(ca)})),
        "users": named("user", json!({"token": token})),
        "contexts": named("context", json!({"cluster": "test", "user": "test"}))})
    .to_string()
}
