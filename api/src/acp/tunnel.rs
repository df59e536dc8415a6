//! Clients that come in at a relay's port: the relay passes them through, and its project is known by its token.

use super::{Place, Wire, serve};
use crate::http::App;
use gaggle_agent::Tunnels;
use gaggle_core::service::{Action, Call};
use gaggle_shared::Caller;

/// Who has the project's key talks with the agent and reads along. The agent itself can find the key where its relay
/// is: what answers for people (approvals, and the modes that ask for fewer of them) is theirs at the page.
fn with_key() -> Caller {
    let may = [Action::Read, Action::Chat].map(|action| action.name().to_owned());
    Caller { user_id: None, name: "the project's key".into(), may: may.into() }
}

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
            let caller = with_key();
            let (from, to) = tunnel.accept();
            serve(app, Place { call: Call { caller, key: None }, user, project }, Wire { from, to }).await;
            drop(place);
        });
    }
}
