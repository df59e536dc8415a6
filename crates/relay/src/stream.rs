//! What the conversation with the server runs over: TCP, TLS, or a connection that the server dialled.

use crate::tls::Pin;
use gaggle_relay_protocol::Launch;
use std::fmt::Debug;
use std::io::{Error, ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::Uri;

/// Bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Debug + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Debug + 'static> Stream for S {}

/// Any of them.
pub(crate) type Boxed = Box<dyn Stream>;

/// Connects to where the launch says that home is.
///
/// # Errors
/// Nobody there, or not the server that was pinned.
pub(crate) async fn home(launch: &Launch) -> Result<Boxed> {
    let uri: Uri = launch.home.parse().map_err(Error::other)?;
    let secure = uri.scheme_str() == Some("wss");
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let tcp = TcpStream::connect((host, port)).await?;
    tcp.set_nodelay(true)?;
    if secure { proved(launch, tcp).await } else { Ok(Box::new(tcp)) }
}

/// TLS over a connection, the server at its other end proved.
///
/// # Errors
/// It is another server, or the launch names none.
pub(crate) async fn proved(launch: &Launch, stream: impl Stream) -> Result<Boxed> {
    let pin = launch.home_cert.as_deref().and_then(Pin::parse);
    let pin = pin.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "no certificate is pinned"))?;
    Ok(Box::new(pin.connect(stream).await?))
}
