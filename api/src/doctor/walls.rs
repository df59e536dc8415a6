use gaggle_shared::{Finding, Info, Isolation};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::time::Duration;

const ABOUT: &str = "isolation";

/// How long a server on this computer may take to tell of itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the walls of a cluster stand, as agents have seen it: only a server that runs can tell, so the one is asked
/// that answers where a server of this configuration would listen.
pub(crate) async fn asked(listen: SocketAddr) -> Finding {
    let url = at(listen, "/api/info");
    match told(&url).await {
        Some(Info { isolation: isolation @ Isolation::Policies { .. }, .. }) => {
            let seen = self::isolation(&isolation);
            Finding { found: format!("{}, says {url}", seen.found), ..seen }
        }
        Some(_) => Finding::note(
            ABOUT,
            format!(
                "whether NetworkPolicies are enforced is seen by agents; the server of {url} has none in a cluster"
            ),
            HOW,
        ),
        None => Finding::note(
            ABOUT,
            format!("whether NetworkPolicies are enforced is seen by agents; no Gaggle answered at {url}"),
            HOW,
        ),
    }
}

/// How to find out.
const HOW: &str = "start the server with these variables, wake a project, and run this again where it listens (in its pod: \
                   kubectl -n gaggle exec deployment/gaggle -- gaggle doctor), or look at its status page";

async fn told(url: &str) -> Option<Info> {
    answer(url).await?.json().await.ok()
}

/// Whether a Gaggle answers where a server of this configuration would listen; if so, whether it is ready, which it is
/// once its store can be used.
pub(crate) async fn running(listen: SocketAddr) -> Option<bool> {
    told(&at(listen, "/api/info")).await?;
    Some(answer(&at(listen, "/readyz")).await.is_some_and(|answer| answer.status().is_success()))
}

/// Where a server that listens there is asked on this computer.
fn at(listen: SocketAddr, path: &str) -> String {
    let ip = if listen.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { listen.ip() };
    format!("http://{}{path}", SocketAddr::new(ip, listen.port()))
}

async fn answer(url: &str) -> Option<reqwest::Response> {
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build().ok()?;
    client.get(url).send().await.ok()
}

/// What keeps projects apart, and whether that was seen to hold.
pub(super) fn isolation(isolation: &Isolation) -> Finding {
    let Isolation::Policies { policies, enforced, since } = isolation else {
        return Finding::note(
            ABOUT,
            "agents run as the user who started the server, on the same computer: they are not isolated",
            "approvals guard against mistakes, not against malice; use the Kubernetes runtime to keep agents apart",
        );
    };
    let (policies, since) =
        (policies.join(", "), since.map(|at| format!(" since {at:.0}")).unwrap_or_default());
    match enforced {
        Some(true) => Finding::good(ABOUT, format!("in force: {policies}; seen to be enforced{since}")),
        Some(false) => Finding::bad(
            ABOUT,
            format!("an agent reached what its NetworkPolicy forbids: it is not enforced{since}"),
            "use a network plugin that enforces NetworkPolicy (Calico, Cilium, kindnet from kind 0.24 on), or look for \
             another policy that allows more; until then agents reach each other and private addresses",
        ),
        None => Finding::note(
            ABOUT,
            format!("in force: {policies}; whether the NetworkPolicy is enforced is not known yet"),
            "every agent that calls this server tries it when it is linked; one that is dialled, or that may reach \
             this server's address anyway (GAGGLE_EGRESS), has nothing to try",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::FindingState;

    #[tokio::test]
    async fn nobody_who_answers_is_a_note_that_says_who_was_asked_and_how_to_find_out() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let free = listener.local_addr().unwrap();
        drop(listener);
        let found = asked(SocketAddr::new("0.0.0.0".parse().unwrap(), free.port())).await;
        assert_eq!(found.state, FindingState::Note);
        assert!(found.found.contains(&format!("no Gaggle answered at http://{free}/api/info")), "{found:?}");
        assert!(found.hint.unwrap().contains("wake a project"));
    }

    #[test]
    fn only_what_was_seen_is_said_to_hold() {
        let walls = |enforced: Option<bool>| {
            let since = enforced.map(|_| "2026-01-02T03:04:05.678Z".parse().unwrap());
            isolation(&Isolation::Policies { policies: vec!["p".into()], enforced, since })
        };
        assert_eq!(walls(None).state, FindingState::Note);
        assert_eq!(walls(Some(false)).state, FindingState::Bad);
        let held = walls(Some(true));
        assert_eq!(held.state, FindingState::Good);
        assert!(held.found.ends_with("enforced since 2026-01-02T03:04:05Z"), "{}", held.found);
        assert_eq!(isolation(&Isolation::None).state, FindingState::Note);
    }
}
