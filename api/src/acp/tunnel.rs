//! Clients that come in at a relay's port: the relay passes them through, and its project is known by its token.

use super::{Place, Wire, serve};
use crate::http::App;
use gaggle_agent::Tunnels;
use gaggle_core::service::Call;
use gaggle_shared::Caller;

/// Serves the clients that relays pass through, until the hub closes.
pub async fn serve_tunnels(app: App, mut tunnels: Tunnels) {
    while let Some(tunnel) = tunnels.next().await {
        let app = app.clone();
        tokio::spawn(async move {
            let project = tunnel.project.clone();
            let Some(place) = app.acp.take(&project) else {
                return tunnel.refuse("too many ACP clients are connected");
            };
            let user = match app.gaggle.owner(&project).await {
                Ok(Some(user)) => user,
                Ok(None) => return tunnel.refuse("there is no such project"),
                Err(error) => return tunnel.refuse(&error.message),
            };
            // Who has the project's key speaks in its owner's name.
            let caller = Caller { user_id: None, name: "project key".into(), may: vec!["*".into()] };
            let (from, to) = tunnel.accept();
            serve(app, Place { call: Call { caller, key: None }, user, project }, Wire { from, to }).await;
            drop(place);
        });
    }
}
