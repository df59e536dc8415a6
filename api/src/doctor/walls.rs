use gaggle_shared::{Finding, Isolation};

const ABOUT: &str = "isolation";

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
