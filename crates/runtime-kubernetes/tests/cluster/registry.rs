//! A registry of the test's own on the node: one that wants credentials, one that is busy, one that is slow.
//! Its image holds nothing that could run: that it was pulled is what counts, and the kubelet says so.

use crate::world::World;
use gaggle_core::port::{News, Runtime as _, Workload};
use gaggle_runtime_kubernetes::{client::Secret, config::PullPolicy};
use gaggle_shared::{Code, Step};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// `alice:secret`
const AUTH: &str = "YWxpY2U6c2VjcmV0";

#[derive(Default)]
struct Registry {
    /// Whether it wants credentials.
    closed: bool,
    /// So many requests are answered 503 first.
    busy: AtomicUsize,
    refused: AtomicUsize,
    /// Blobs are held while it is true.
    held: Option<watch::Receiver<bool>>,
}

struct Image {
    config: String,
    layer: Vec<u8>,
    manifest: String,
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// An image with one empty layer. `salt` makes it one that the node has never seen.
fn image(salt: &str) -> Image {
    // The end of a tar archive.
    let layer = vec![0; 1024];
    let config = json!({"architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        "os": "linux", "config": {"Labels": {"salt": salt}},
        "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]}})
    .to_string();
    let manifest = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": config.len(),
            "digest": digest(config.as_bytes())},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": layer.len(),
            "digest": digest(&layer)}]})
    .to_string();
    Image { config, layer, manifest }
}

impl Registry {
    /// Serves on the node until the test ends; the image's name.
    async fn serve(self: Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let image = Arc::new(image(&address.to_string()));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (registry, image) = (Arc::clone(&self), Arc::clone(&image));
                tokio::spawn(async move { registry.answer(stream, &image).await });
            }
        });
        format!("{address}/gaggle/small:1")
    }

    async fn answer(&self, mut stream: TcpStream, image: &Image) {
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut more = [0; 4096];
            match stream.read(&mut more).await {
                Ok(read) if read > 0 => request.extend_from_slice(&more[..read]),
                _ => return,
            }
        }
        let text = String::from_utf8_lossy(&request).to_string();
        let path = text.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let shown =
            text.to_ascii_lowercase().contains(&format!("authorization: basic {}", AUTH.to_lowercase()));
        let busy =
            self.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        let manifest = "application/vnd.oci.image.manifest.v1+json";
        let config = digest(image.config.as_bytes());
        let (status, kind, body): (&str, &str, &[u8]) = if busy {
            ("503 Service Unavailable", "text/plain", b"")
        } else if self.closed && !shown {
            self.refused.fetch_add(1, Ordering::SeqCst);
            ("401 Unauthorized\r\nwww-authenticate: Basic realm=\"test\"", "text/plain", b"")
        } else if path == "/v2/" {
            ("200 OK", "application/json", b"{}")
        } else if path.contains("/manifests/") {
            ("200 OK", manifest, image.manifest.as_bytes())
        } else {
            if let Some(held) = &self.held {
                let _ = held.clone().wait_for(|held| !held).await;
            }
            let body = if path.ends_with(&config) { image.config.as_bytes() } else { &image.layer[..] };
            ("200 OK", "application/octet-stream", body)
        };
        let digest = if kind == manifest {
            format!("docker-content-digest: {}\r\n", digest(image.manifest.as_bytes()))
        } else {
            String::new()
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{digest}content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes()).await;
        if !text.starts_with("HEAD") {
            let _ = stream.write_all(body).await;
        }
        let _ = stream.shutdown().await;
    }
}

async fn world(image: &str, credentials: Option<String>) -> World {
    World::with(|config| {
        config.agent.image = image.to_owned();
        config.agent.pull_policy = PullPolicy::Always;
        config.agent.pull_credentials = credentials.map(Secret::new);
    })
    .await
}

/// The kubelet has it.
async fn pulled(world: &mut World) {
    let pulled = |news: &News| matches!(news, News::ClusterEvent { reason, .. } if reason == "Pulled");
    world.news(90, pulled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_registry_opens_for_the_credentials_that_were_given_and_for_none_else() {
    let registry = Arc::new(Registry { closed: true, ..Registry::default() });
    let image = Arc::clone(&registry).serve().await;
    let mut without = world(&image, None).await;
    without.start().await.unwrap();
    let cause = without.until(90, |seen| matches!(seen, Workload::Broken(_))).await;
    let Workload::Broken(cause) = cause else { unreachable!() };
    assert_eq!(cause.code, Code::ImagePullFailed, "{cause:?}");
    assert!(registry.refused.load(Ordering::SeqCst) > 0, "nobody asked the registry");
    without.end().await;

    let host = image.split('/').next().unwrap();
    let credentials = json!({"auths": {host: {"auth": AUTH}}}).to_string();
    let mut with = world(&image, Some(credentials)).await;
    with.start().await.unwrap();
    pulled(&mut with).await;
    with.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_broken_for_a_moment_is_asked_again() {
    let registry = Arc::new(Registry { busy: AtomicUsize::new(2), ..Registry::default() });
    let image = Arc::clone(&registry).serve().await;
    let mut world = world(&image, None).await;
    world.start().await.unwrap();
    pulled(&mut world).await;
    assert_eq!(registry.busy.load(Ordering::SeqCst), 0);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_pull_is_shown_as_one_for_as_long_as_it_takes() {
    let hold = watch::Sender::new(true);
    let registry = Arc::new(Registry { held: Some(hold.subscribe()), ..Registry::default() });
    let image = Arc::clone(&registry).serve().await;
    let mut world = world(&image, None).await;
    world.start().await.unwrap();
    // It is this that puts an activation's deadline off.
    world.until(60, |seen| *seen == Workload::Starting(Step::Image)).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(world.runtime.observe(&world.project).await.unwrap(), Workload::Starting(Step::Image));
    hold.send_replace(false);
    pulled(&mut world).await;
    world.end().await;
}
