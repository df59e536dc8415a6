//! What objects are called: functions of prefix, user and project, and nothing else.

use gaggle_shared::{ProjectId, Resources, UserId};
use std::fmt;
use thiserror::Error;

/// A namespace begins with it: 1 to 31 characters, so that the longest user id still fits into 63.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespacePrefix(String);

/// Text that is no [`NamespacePrefix`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("1 to 31 characters a-z, 0-9 and -, beginning with a letter or digit")]
pub struct BadPrefix;

impl NamespacePrefix {
    /// Accepts 1 to 31 characters of `a-z0-9-` that begin with a letter or digit.
    ///
    /// # Errors
    /// Anything else; empty too: users' ids would be namespaces, `default` and `kube-system` among them.
    pub fn parse(text: &str) -> Result<Self, BadPrefix> {
        let edge = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
        let good = (1..=31).contains(&text.len())
            && text.bytes().all(|c| edge(c) || c == b'-')
            && text.bytes().next().is_some_and(edge);
        if good { Ok(Self(text.to_owned())) } else { Err(BadPrefix) }
    }
}

impl Default for NamespacePrefix {
    fn default() -> Self {
        Self("user-".to_owned())
    }
}

impl fmt::Display for NamespacePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names of a user's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserNames {
    namespace: String,
}

impl UserNames {
    /// Of this user.
    pub fn new(prefix: &NamespacePrefix, user: &UserId) -> Self {
        Self { namespace: format!("{prefix}{user}") }
    }

    /// `user-{userId}`
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The ResourceQuota.
    pub const QUOTA: &'static str = "gaggle-quota";
    /// The LimitRange.
    pub const LIMITS: &'static str = "gaggle-limits";
    /// The NetworkPolicy of agents.
    pub const POLICY: &'static str = "gaggle-agents";
    /// The ServiceAccount of agents.
    pub const SERVICE_ACCOUNT: &'static str = "gaggle-agent";
    /// The Secret with the registry's credentials, if they were given.
    pub const PULL_SECRET: &'static str = "gaggle-pull";
}

/// The names of a project's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectNames {
    namespace: String,
    base: String,
}

impl ProjectNames {
    /// Of this user's project.
    pub fn new(prefix: &NamespacePrefix, user: &UserId, project: &ProjectId) -> Self {
        Self::within(UserNames::new(prefix, user).namespace, project)
    }

    /// Of a project in a namespace that is known (as when its prefix was another).
    pub fn within(namespace: impl Into<String>, project: &ProjectId) -> Self {
        Self { namespace: namespace.into(), base: format!("proj-{project}") }
    }

    /// `user-{userId}`
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// `proj-{projectId}-api`; also the pods' label `app`.
    pub fn deployment(&self) -> String {
        format!("{}-api", self.base)
    }

    /// `proj-{projectId}-svc`
    pub fn service(&self) -> String {
        format!("{}-svc", self.base)
    }

    /// `proj-{projectId}-ingress`
    pub fn ingress(&self) -> String {
        format!("{}-ingress", self.base)
    }

    /// `proj-{projectId}-launch`: the Secret.
    pub fn secret(&self) -> String {
        format!("{}-launch", self.base)
    }

    /// `proj-{projectId}-data`: the PersistentVolumeClaim.
    pub fn claim(&self) -> String {
        format!("{}-data", self.base)
    }

    /// `proj-{projectId}.{domain}`
    pub fn host(&self, domain: &str) -> String {
        format!("{}.{domain}", self.base)
    }

    /// As people are told; `ingress`: whether there is one.
    pub fn resources(&self, ingress: bool, pod: Option<String>) -> Resources {
        Resources {
            namespace: self.namespace.clone(),
            deployment: self.deployment(),
            service: self.service(),
            ingress: ingress.then(|| self.ingress()),
            pod,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_contracts() {
        let (user, project) = (UserId::parse("alice").unwrap(), ProjectId::parse("p1").unwrap());
        let names = ProjectNames::new(&NamespacePrefix::default(), &user, &project);
        let all = [names.namespace().to_owned(), names.deployment(), names.service(), names.ingress()];
        assert_eq!(all, ["user-alice", "proj-p1-api", "proj-p1-svc", "proj-p1-ingress"]);
        assert_eq!(names.host("a.example"), "proj-p1.a.example");
    }

    #[test]
    fn the_longest_names_are_dns_labels() {
        let user = UserId::parse(&"u".repeat(32)).unwrap();
        let project = ProjectId::parse(&"p".repeat(40)).unwrap();
        let prefix = NamespacePrefix::parse(&"x".repeat(31)).unwrap();
        let names = ProjectNames::new(&prefix, &user, &project);
        for name in
            [names.namespace(), &names.deployment(), &names.ingress(), &names.secret(), &names.claim()]
        {
            assert!(name.len() <= 63, "{name}");
        }
    }

    #[test]
    fn an_empty_prefix_is_refused() {
        for bad in ["", "-a", "A-", "a_", "ä", "a.b", &"a".repeat(32)] {
            assert_eq!(NamespacePrefix::parse(bad), Err(BadPrefix), "{bad:?}");
        }
        assert!(NamespacePrefix::parse("team1-").is_ok());
    }
}
