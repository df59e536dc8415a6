//! What a hint asks for, as a place to go.

use gaggle_shared::Code;

/// A button that does what a failure's hint says: its words, and the page below the project's (or the user's) address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// On the button.
    pub label: &'static str,
    /// Where it leads.
    pub to: To,
}

/// Where a remedy leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// A tab of the project.
    Tab(&'static str),
    /// The status page.
    Status,
}

/// The remedy for a failure of this code, where the page has one.
pub const fn of(code: Code) -> Option<Remedy> {
    let (label, to) = match code {
        Code::Unschedulable | Code::QuotaExceeded | Code::OomKilled => {
            ("Change its resources", To::Tab("settings"))
        }
        Code::ProviderNotConfigured | Code::ProviderError => ("Change its model", To::Tab("settings")),
        Code::CrashLoop | Code::AgentUnresponsive | Code::AgentDisconnected | Code::ActivationTimeout => {
            ("Look at its log", To::Tab("logs"))
        }
        Code::ImagePullFailed | Code::ContainerConfigError | Code::VolumeFailed | Code::NamespaceFailed => {
            ("See what is applied", To::Tab("resources"))
        }
        Code::ForbiddenByCluster | Code::ClusterUnreachable | Code::GooseNotFound => {
            ("See the server's status", To::Status)
        }
        Code::StoreUnavailable | Code::StoreFull => ("See the server's status", To::Status),
        _ => return None,
    };
    Some(Remedy { label, to })
}

/// The address of a remedy, from the project's own.
pub fn href(remedy: Remedy, user: &str, project: &str) -> String {
    match remedy.to {
        To::Tab(tab) => format!("/u/{user}/p/{project}/{tab}"),
        To::Status => format!("/u/{user}/status"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnosis_leads_to_where_it_can_be_mended() {
        let pod = of(Code::Unschedulable).unwrap();
        assert_eq!(href(pod, "bob", "p1"), "/u/bob/p/p1/settings");
        assert_eq!(href(of(Code::GooseNotFound).unwrap(), "bob", "p1"), "/u/bob/status");
        assert_eq!(of(Code::Internal), None, "nobody can mend that here");
    }
}
