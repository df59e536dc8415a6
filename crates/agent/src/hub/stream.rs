use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes both ways: a TCP connection, TLS on one, or a port-forward stream.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for S {}
