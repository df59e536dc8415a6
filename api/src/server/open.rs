use hyper::{
    Request,
    body::Incoming,
    rt::{Read, Write},
    server::conn::http1::UpgradeableConnection,
    service::HttpService,
};
use std::{error::Error, pin::pin};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The connections that are open.
#[derive(Debug, Default)]
pub struct Open {
    closing: CancellationToken,
    connections: TaskTracker,
}

impl Open {
    /// Carries on with a connection until it ends, or is handed over to another protocol, or everything is to end
    /// and the answer under way is sent; holds what it is given until then.
    pub(super) fn carry<I, B, S, T>(&self, connection: UpgradeableConnection<I, S>, held: T)
    where
        S: HttpService<Incoming, ResBody = B> + Send + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: hyper::body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
        I: Read + Write + Unpin + Send + 'static,
        T: Send + 'static,
        Request<Incoming>: Send,
    {
        let closing = self.closing.clone();
        self.connections.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = closing.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(held);
        });
    }

    /// Lets connections end once what they answer is sent; returns when all have.
    pub async fn shutdown(self) {
        self.closing.cancel();
        self.connections.close();
        self.connections.wait().await;
    }
}
