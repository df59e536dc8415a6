use super::connection::unreachable;
use gaggle_core::port::{Cause, RuntimeError};
use gaggle_shared::Code;
use kube::core::Status;
use std::{error::Error as _, fmt};
use thiserror::Error;

/// What is done to an object: RBAC's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Verb {
    Get,
    List,
    Watch,
    Create,
    Patch,
    Delete,
}

impl Verb {
    /// As it stands in a role.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// A call, as errors name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// What is done.
    pub verb: Verb,
    /// To what: RBAC's plural, such as `deployments` or `pods/log`.
    pub resource: &'a str,
    /// Where; empty: everywhere, or cluster-wide.
    pub namespace: &'a str,
}

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb.as_str(), self.resource)?;
        if self.namespace.is_empty() { Ok(()) } else { write!(f, " in {}", self.namespace) }
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// There is no such object (or namespace).
    #[error("there is no such object")]
    NotFound,
    /// The object is not what was thought: another uid or version, or it is there already.
    #[error("{0}")]
    Conflict(String),
    /// A watch is asked to go on from where the server remembers nothing any more.
    #[error("too old")]
    Gone,
    /// The namespace is on its way out; passing.
    #[error("{0}")]
    Terminating(Cause),
    /// The credentials are not accepted (any more); passing.
    #[error("{0}")]
    Unauthorized(Cause),
    /// All else.
    #[error("{0}")]
    Cause(Cause),
}

impl From<Fault> for Cause {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Terminating(cause) | Fault::Unauthorized(cause) | Fault::Cause(cause) => cause,
            Fault::NotFound | Fault::Gone | Fault::Conflict(_) => {
                Cause::new(Code::ClusterUnreachable, "The cluster's objects changed in between.")
                    .detail(fault.to_string())
                    .passing()
            }
        }
    }
}

impl From<Fault> for RuntimeError {
    fn from(fault: Fault) -> Self {
        Self::Cause(fault.into())
    }
}

impl Fault {
    /// What kube's error of a call means; `host`: the API server.
    pub fn of(error: &kube::Error, call: Call<'_>, host: &str) -> Self {
        match error {
            kube::Error::Api(status) => api(status, call, host),
            other => Self::Cause(unreachable().detail(format!("{host}: {}", chain(other)))),
        }
    }
}

fn api(status: &Status, call: Call<'_>, host: &str) -> Fault {
    let said = status.message.as_str();
    match status.code {
        401 => Fault::Unauthorized(
            unreachable()
                .hint("the token may have expired: give Gaggle fresh credentials")
                .detail(format!("{host}: {} ({call})", or(said, "Unauthorized"))),
        ),
        403 => forbidden(status, call),
        404 => Fault::NotFound,
        409 => Fault::Conflict(said.to_owned()),
        410 => Fault::Gone,
        400 | 422 => Fault::Cause(invalid(call).detail(said)),
        code => Fault::Cause(unreachable().detail(format!("{host}: {code} {said} ({call})"))),
    }
}

fn forbidden(status: &Status, call: Call<'_>) -> Fault {
    let said = status.message.as_str();
    let causes = status.details.iter().flat_map(|details| &details.causes);
    if causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
        || said.contains("is being terminated")
    {
        let cause =
            Cause::new(Code::NamespaceFailed, format!("The namespace {} is being deleted.", call.namespace))
                .hint("wait until it is gone; it is made anew then")
                .detail(said);
        return Fault::Terminating(cause.passing());
    }
    if said.contains("exceeded quota") {
        return Fault::Cause(
            Cause::new(Code::QuotaExceeded, "The user's quota in the cluster is used up.")
                .hint(
                    "put other projects to sleep, ask for less in the project's settings, or raise the quota",
                )
                .detail(said),
        );
    }
    // RBAC says who cannot do what; an admission plugin says something else.
    let rights = said.contains("cannot");
    let code = if call.resource == "namespaces" { Code::NamespaceFailed } else { Code::ForbiddenByCluster };
    let cause = if rights {
        Cause::new(code, format!("Gaggle may not {call}.")).hint(format!(
            "allow the verb {} on {} to Gaggle's role",
            call.verb.as_str(),
            call.resource
        ))
    } else {
        Cause::new(code, format!("The cluster refused to {call}."))
            .hint("a rule of the cluster (admission, limits) stands against it")
    };
    Fault::Cause(cause.detail(said))
}

fn invalid(call: Call<'_>) -> Cause {
    let code = match call.resource {
        "namespaces" => Code::NamespaceFailed,
        "persistentvolumeclaims" => Code::VolumeFailed,
        _ => Code::ContainerConfigError,
    };
    Cause::new(code, format!("The cluster does not take what Gaggle wants to {call}."))
        .hint("check the project's settings and the server's configuration")
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

/// An error with all that caused it: the last says what it was.
fn chain(error: &kube::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let next = cause.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        source = cause.source();
    }
    text
}
