use super::{super::App, super::problem::ApiError, rate::Peer};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use gaggle_shared::Code;
use std::{fmt, net::IpAddr, sync::Arc};

/// Says of an address whether it is an agent's.
type Known = Arc<dyn Fn(IpAddr) -> BoxFuture<'static, bool> + Send + Sync>;

/// Who may not use this API though they may come to reach it: the agents. Nobody, unless their addresses are known.
#[derive(Clone, Default)]
pub struct Agents(Option<Known>);

impl Agents {
    /// Those of whom this says that the address is theirs.
    pub fn known<F>(by: impl Fn(IpAddr) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self(Some(Arc::new(move |address| by(address).boxed())))
    }

    async fn are_at(&self, address: IpAddr) -> bool {
        match &self.0 {
            Some(known) => known(address).await,
            None => false,
        }
    }
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Agents").field(&self.0.is_some()).finish()
    }
}

/// Refuses what comes from an agent's own address, whatever its headers say: it could answer its own approvals here.
pub async fn no_agents(State(app): State<App>, request: Request, next: Next) -> Response {
    let from = request.extensions().get::<Peer>().map(|peer| peer.0);
    if let Some(address) = from
        && app.agents.are_at(address).await
    {
        tracing::warn!(%address, "an agent tried to use the API");
        return ApiError::new(Code::Forbidden, "this address is an agent's, and agents may not use this API")
            .hint("use it from elsewhere; an agent that gets here is not held by its network policy")
            .into_response();
    }
    next.run(request).await
}
