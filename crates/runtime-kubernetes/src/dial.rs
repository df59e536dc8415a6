//! A way to the relay's port of a project's pod, for where pods cannot reach the server.

use crate::{
    client::{Call, Connection, DEADLINE, Verb},
    labels,
};
use gaggle_shared::{InstanceId, ProjectId};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, ResourceExt as _, api::ListParams};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};

/// How long the pod's own address may take to answer: in one network it is there at once.
const NEAR: Duration = Duration::from_millis(500);

/// A connection to a relay's port.
pub trait PodStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> PodStream for T {}

/// Connects to pods: by their address where that is reached, else through the API server.
#[derive(Debug, Clone)]
pub struct PodDial {
    connection: Connection,
    instance: InstanceId,
    port: u16,
}

impl PodDial {
    /// To this port of our instance's pods.
    pub fn new(connection: Connection, instance: InstanceId, port: u16) -> Self {
        Self { connection, instance, port }
    }

    /// Connects to the project's running pod.
    ///
    /// # Errors
    /// There is none (`NotFound`), or no way to it.
    pub async fn connect(&self, project: &ProjectId) -> io::Result<Box<dyn PodStream>> {
        let pod = self.pod(project).await?;
        let address = pod.status.as_ref().and_then(|status| status.pod_ip.as_ref()?.parse().ok());
        if let Some(address) = address
            && let Ok(Ok(stream)) =
                timeout(NEAR, TcpStream::connect(SocketAddr::new(address, self.port))).await
        {
            stream.set_nodelay(true)?;
            return Ok(Box::new(stream));
        }
        let client = self.connection.client().await.map_err(io::Error::other)?;
        let pods: Api<Pod> = Api::namespaced(client, &pod.namespace().unwrap_or_default());
        let name = pod.name_any();
        let opening = timeout(DEADLINE, pods.portforward(&name, &[self.port])).await;
        let mut forwarding = opening.map_err(|_| io::ErrorKind::TimedOut)?.map_err(io::Error::other)?;
        let stream = forwarding.take_stream(self.port).ok_or(io::ErrorKind::NotConnected)?;
        Ok(Box::new(stream))
    }

    async fn pod(&self, project: &ProjectId) -> io::Result<Pod> {
        let wanted = ListParams::default().labels(&labels::project_selector(&self.instance, project));
        let call = Call { verb: Verb::List, resource: "pods", namespace: "" };
        let listed = self
            .connection
            .call(call, async |client| Api::<Pod>::all(client).list(&wanted).await)
            .await
            .map_err(|fault| io::Error::other(fault.to_string()))?;
        let living = |pod: &Pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            pod.metadata.deletion_timestamp.is_none() && phase == Some("Running")
        };
        listed.items.into_iter().find(living).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
