//! A registry of images: one that is there, wants credentials, is busy, is slow, or only says no. Its one image holds
//! nothing that could run: that it was pulled is what counts. On loopback, where a node takes plain HTTP.

mod image;

use image::Image;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// What a registry with [`Manner::closed`] wants to see: `alice:secret`, as HTTP and a pull secret write it.
pub const AUTH: &str = "YWxpY2U6c2VjcmV0";

/// How a registry behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// It wants [`AUTH`].
    pub closed: bool,
    /// So many requests are answered 503 first.
    pub busy: usize,
    /// What an image is made of is held until [`Registry::release`].
    pub held: bool,
    /// This is all that it ever says, such as `404 Not Found`.
    pub status: Option<&'static str>,
}

/// A running registry. Dropping it ends it.
#[derive(Debug)]
pub struct Registry {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    manner: Manner,
    busy: AtomicUsize,
    refused: AtomicUsize,
    held: watch::Sender<bool>,
}

impl Registry {
    /// Starts one on a free loopback port.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(manner: Manner) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            manner,
            busy: AtomicUsize::new(manner.busy),
            refused: AtomicUsize::new(0),
            held: watch::Sender::new(manner.held),
        });
        // Named after the port: one that the node has never seen.
        let image = Arc::new(Image::new(&address.to_string()));
        let task = tokio::spawn(serve(listener, Arc::clone(&state), image));
        Ok(Self { address, state, task })
    }

    /// `HOST:PORT`
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The name of its image.
    pub fn image(&self) -> String {
        format!("{}/gaggle/small:1", self.address)
    }

    /// Lets go what is held.
    pub fn release(&self) {
        self.state.held.send_replace(false);
    }

    /// How many came without credentials to a closed one.
    pub fn refused(&self) -> usize {
        self.state.refused.load(Ordering::SeqCst)
    }

    /// How many requests will still be answered 503.
    pub fn busy(&self) -> usize {
        self.state.busy.load(Ordering::SeqCst)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<State>, image: Arc<Image>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (state, image) = (Arc::clone(&state), Arc::clone(&image));
        // A node that hangs up is no fault of the registry.
        connections.spawn(async move { drop(answer(&state, &image, stream).await) });
    }
}

async fn answer(state: &State, image: &Image, mut stream: TcpStream) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut more = [0; 4096];
        match stream.read(&mut more).await? {
            0 => return Ok(()),
            read => request.extend_from_slice(&more[..read]),
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    let (status, kind, body) = reply(state, image, path, &request).await;
    let digest = match kind {
        image::MANIFEST => format!("docker-content-digest: {}\r\n", image::digest(body)),
        _ => String::new(),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{digest}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    if !request.starts_with("HEAD") {
        stream.write_all(body).await?;
    }
    stream.shutdown().await
}

/// Status, kind and body.
async fn reply<'a>(
    state: &State,
    image: &'a Image,
    path: &str,
    request: &str,
) -> (&'static str, &'static str, &'a [u8]) {
    const TEXT: &str = "text/plain";
    if let Some(status) = state.manner.status {
        return (status, TEXT, b"");
    }
    let less = |left: usize| left.checked_sub(1);
    if state.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
        return ("503 Service Unavailable", TEXT, b"");
    }
    let shown =
        request.to_ascii_lowercase().contains(&format!("authorization: basic {}", AUTH.to_lowercase()));
    if state.manner.closed && !shown {
        state.refused.fetch_add(1, Ordering::SeqCst);
        return ("401 Unauthorized\r\nwww-authenticate: Basic realm=\"test\"", TEXT, b"");
    }
    if path == "/v2/" {
        return ("200 OK", "application/json", b"{}");
    }
    if path.contains("/manifests/") {
        return ("200 OK", image::MANIFEST, image.manifest.as_bytes());
    }
    // The sender is in the state, so waiting cannot fail.
    let _ = state.held.subscribe().wait_for(|held| !held).await;
    ("200 OK", "application/octet-stream", image.blob(path))
}
