//! A way to the relay's port of a project's pod, for where pods cannot reach the server: its address, else through the
//! API server, else the project's load balancer.

use crate::{
    client::{Call, Connection, Fault, Verb},
    labels,
};
use gaggle_core::port::Cause;
use gaggle_shared::{InstanceId, ProjectId};
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::{Api, ResourceExt as _, api::ListParams};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};

/// How long the pod's own address may take to answer: in one network it is there at once.
const NEAR: Duration = Duration::from_millis(500);

/// How long a load balancer may take.
const FAR: Duration = Duration::from_secs(3);

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
    /// There is none (`NotFound`), or no way to it: then both ways are told, each with what stands against it.
    pub async fn connect(&self, project: &ProjectId) -> io::Result<Box<dyn PodStream>> {
        let pod = self.pod(project).await?;
        let address = pod.status.as_ref().and_then(|status| status.pod_ip.as_ref()?.parse().ok());
        let near = match address {
            Some(ip) => self.near(SocketAddr::new(ip, self.port)).await,
            None => Err("its pod has no address".to_owned()),
        };
        match near {
            Ok(stream) => Ok(Box::new(stream)),
            Err(near) => match self.forwarded(&pod).await {
                Ok(stream) => Ok(stream),
                Err(forwarded) => match self.balanced(project).await {
                    Ok(stream) => Ok(Box::new(stream)),
                    Err(balanced) => Err(io::Error::other(format!(
                        "{near}; through the API server: {forwarded}; {balanced}"
                    ))),
                },
            },
        }
    }

    async fn near(&self, address: SocketAddr) -> Result<TcpStream, String> {
        let stream = reached(TcpStream::connect(address), NEAR).await;
        stream.map_err(|error| format!("at its address {address}: {error}"))
    }

    /// By the load balancer: it leads to the same port.
    async fn balanced(&self, project: &ProjectId) -> Result<TcpStream, String> {
        let wanted = ListParams::default().labels(&labels::project_selector(&self.instance, project));
        let call = Call { verb: Verb::List, resource: "services", namespace: "" };
        let listed =
            self.connection.call(call, async |client| Api::<Service>::all(client).list(&wanted).await);
        let listed = listed.await.map_err(|fault| format!("by its load balancer: {}", told(fault)))?;
        let Some((host, port)) = listed.items.into_iter().find_map(balancer) else {
            return Err("it has no load balancer with an address".to_owned());
        };
        let stream = reached(TcpStream::connect((host.as_str(), port)), FAR).await;
        stream.map_err(|error| format!("by its load balancer {host}:{port}: {error}"))
    }

    async fn forwarded(&self, pod: &Pod) -> io::Result<Box<dyn PodStream>> {
        let (name, namespace) = (pod.name_any(), pod.namespace().unwrap_or_default());
        let call = Call { verb: Verb::Get, resource: "pods/portforward", namespace: &namespace };
        let opened = self.connection.call(call, async |client| {
            Api::<Pod>::namespaced(client, &namespace).portforward(&name, &[self.port]).await
        });
        let mut forwarding = opened.await.map_err(told)?;
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
            .map_err(told)?;
        let living = |pod: &Pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            pod.metadata.deletion_timestamp.is_none() && phase == Some("Running")
        };
        listed.items.into_iter().find(living).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// A connection that is there in time.
async fn reached(
    connecting: impl Future<Output = io::Result<TcpStream>>,
    limit: Duration,
) -> io::Result<TcpStream> {
    let connected = timeout(limit, connecting).await;
    let stream = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The address of a Service's load balancer, once it has one.
fn balancer(service: Service) -> Option<(String, u16)> {
    let ingress = service.status?.load_balancer?.ingress?.into_iter().next()?;
    let port = service.spec?.ports?.first()?.port;
    Some((ingress.ip.or(ingress.hostname)?, u16::try_from(port).ok()?))
}

/// A fault of the API server with what to do about it.
fn told(fault: Fault) -> io::Error {
    let cause = Cause::from(fault);
    let more = [cause.hint.as_deref(), cause.detail.as_deref()];
    let more = more.into_iter().flatten().map(|text| format!(" ({text})"));
    io::Error::other(format!("{}{}", cause.message, more.collect::<String>()))
}
