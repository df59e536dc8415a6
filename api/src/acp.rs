//! The Agent Client Protocol (ACP v1, JSON-RPC 2.0 over WebSocket) for other clients: editors, scripts.
//!
//! To such a client Gaggle is the agent. What it asks goes through the core's services as any other request does: a
//! prompt is an ordinary durable turn, and what is told of it is made from the project's journal. So a client and the
//! page are in the same conversation, a client that hangs up ends nothing, and no id of Goose is ever shown.

mod ask;
mod client;
mod offer;
mod places;
mod prompt;
mod replay;
mod route;
mod rpc;
mod sessions;
mod shown;
mod socket;
mod tell;
mod tunnel;
mod update;

pub use places::Places;
pub(crate) use route::{__path_connect, connect};
pub use tunnel::serve_tunnels;

use client::Client;
use gaggle_core::service::{Action, Call, authorize};
use gaggle_shared::{ProjectId, UserId};
use tokio::sync::mpsc;

/// Messages that wait for the client, or for us: the journal waits for a client that is slow, nothing grows.
const QUEUE: usize = 64;

/// Who talks, and about which project.
#[derive(Debug, Clone)]
struct Place {
    call: Call,
    user: UserId,
    project: ProjectId,
}

impl Place {
    fn may(&self, action: Action) -> Result<(), gaggle_core::error::Error> {
        authorize(&self.call.caller, action, None)
    }
}

/// A client's connection, whatever it runs over: texts of one JSON-RPC message each.
#[derive(Debug)]
struct Wire {
    from: mpsc::Receiver<String>,
    to: mpsc::Sender<String>,
}

/// Answers a client until it hangs up, its project is gone, or the server goes down.
async fn serve(app: crate::http::App, place: Place, wire: Wire) {
    let project = place.project.clone();
    let counted = app.metrics.connection();
    match Client::open(app, place, wire.to).await {
        Ok((client, events)) => client.run(wire.from, events).await,
        Err(error) => tracing::debug!(%project, %error, "a client could not be served"),
    }
    drop(counted);
}
