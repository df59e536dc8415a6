//! Where what is allowed runs, and what an approval is worth there.

use gaggle_shared::{Finding, FindingState, Info, Isolation};

/// What it is where an agent could answer for people.
const NONE: &str = "Approvals guard against mistakes, not against malice.";

/// One line for under a question. A command that names no directory (`at_home`) starts in the workspace; where any other
/// tool does its work, only the tool knows.
pub fn line(info: &Info, at_home: bool) -> String {
    let place = match (&info.isolation, at_home) {
        (Isolation::None, false) => "Runs on this computer, as you.",
        (Isolation::None, true) => "Starts in the project's workspace, on this computer, as you.",
        (Isolation::Policies { .. }, false) => "Runs in the project's own container.",
        (Isolation::Policies { .. }, true) => "Starts in the project's workspace, in its own container.",
    };
    if info.approvals.boundary { place.to_owned() } else { format!("{place} {NONE}") }
}

/// The same among what the server found of itself, with why.
pub fn finding(info: &Info) -> Finding {
    let (state, hint) = match info.approvals.boundary {
        true => (FindingState::Good, None),
        false => (FindingState::Note, Some(NONE.to_owned())),
    };
    Finding { about: "approvals".into(), state, found: info.approvals.why.clone(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::{Approvals, InstanceId, RuntimeKind, StoreKind};

    fn info(isolation: Isolation, boundary: bool) -> Info {
        Info {
            version: "0".into(),
            instance: InstanceId::parse("i1").unwrap(),
            runtime: RuntimeKind::Kubernetes,
            store: StoreKind::Embedded,
            provider: None,
            model: None,
            demo: true,
            isolation,
            approvals: Approvals { boundary, why: "because\u{202e}".into() },
            defaults: gaggle_shared::Defaults::default(),
            host: "h".into(),
        }
    }

    #[test]
    fn what_is_no_boundary_is_called_so_wherever_it_runs() {
        let pods = Isolation::Policies { policies: Vec::new(), enforced: None, since: None };
        assert_eq!(
            line(&info(Isolation::None, false), false),
            format!("Runs on this computer, as you. {NONE}")
        );
        assert_eq!(
            line(&info(pods.clone(), false), false),
            format!("Runs in the project's own container. {NONE}")
        );
        assert_eq!(line(&info(pods.clone(), true), false), "Runs in the project's own container.");
        let found = finding(&info(pods, false));
        assert_eq!((found.state, found.found.as_str()), (FindingState::Note, "because\u{202e}"));
    }

    #[test]
    fn a_command_that_names_no_directory_starts_in_the_workspace() {
        let pods = Isolation::Policies { policies: Vec::new(), enforced: None, since: None };
        let here = line(&info(Isolation::None, true), true);
        assert_eq!(here, "Starts in the project's workspace, on this computer, as you.");
        assert_eq!(line(&info(pods, true), true), "Starts in the project's workspace, in its own container.");
    }
}
