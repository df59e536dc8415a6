use super::Reach;
use gaggle_shared::{Approvals, Isolation};

/// Whether an agent is kept from answering its own approvals. It is so only where something is known to keep it from
/// this API; at its own port nobody may answer them.
pub(super) fn boundary(isolation: &Isolation, reach: Reach) -> Approvals {
    let (boundary, why) = match (isolation, reach) {
        (Isolation::None, _) => (
            false,
            "Agents run on this computer as you, so that their tools can reach this server and answer for you.",
        ),
        (Isolation::Policies { .. }, Reach::Computer) => {
            (true, "This server can be reached from its own computer only, and agents run in pods elsewhere.")
        }
        (Isolation::Policies { .. }, Reach::Public) => (
            false,
            "People come in by a public address, where an agent that reaches it cannot be told from them until people sign in.",
        ),
        (Isolation::Policies { enforced: Some(true), .. }, Reach::Network) => (
            true,
            "Network policies were seen to keep agents from this server, and its port refuses their addresses.",
        ),
        (Isolation::Policies { enforced: Some(false), .. }, Reach::Network) => (
            false,
            "Network policies are not enforced in this cluster, so that an agent may reach this server by a detour.",
        ),
        (Isolation::Policies { enforced: None, .. }, Reach::Network) => {
            (false, "No agent has shown yet whether network policies keep it from this server.")
        }
    };
    Approvals { boundary, why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_are_a_boundary_only_where_it_is_known_what_keeps_agents_away() {
        let pods = |enforced| Isolation::Policies { policies: Vec::new(), enforced, since: None };
        let is = |isolation: &Isolation, reach| boundary(isolation, reach).boundary;
        for reach in [Reach::Computer, Reach::Network, Reach::Public] {
            assert!(!is(&Isolation::None, reach), "who runs as you reaches what you reach");
        }
        for (enforced, held) in [(Some(true), true), (Some(false), false), (None, false)] {
            assert!(is(&pods(enforced), Reach::Computer));
            assert_eq!(is(&pods(enforced), Reach::Network), held);
            assert!(!is(&pods(enforced), Reach::Public), "policies let agents out to public addresses");
        }
    }
}
