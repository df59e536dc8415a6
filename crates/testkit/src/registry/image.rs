use serde_json::json;
use sha2::{Digest as _, Sha256};

/// The kind of a manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// An image with one empty layer.
#[derive(Debug)]
pub(super) struct Image {
    config: String,
    layer: Vec<u8>,
    pub(super) manifest: String,
}

/// What a registry calls these bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

impl Image {
    /// `salt` makes it another one than all before.
    pub(super) fn new(salt: &str) -> Self {
        // The end of a tar archive.
        let layer = vec![0; 1024];
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        let config =
            json!({"architecture": architecture, "os": "linux", "config": {"Labels": {"salt": salt}},
            "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]}})
            .to_string();
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": config.len(),
                "digest": digest(config.as_bytes())},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": layer.len(),
                "digest": digest(&layer)}]})
        .to_string();
        Self { config, layer, manifest }
    }

    /// What a path ends in the digest of.
    pub(super) fn blob(&self, path: &str) -> &[u8] {
        if path.ends_with(&digest(self.config.as_bytes())) { self.config.as_bytes() } else { &self.layer }
    }
}
