//! What stands behind a project, and how one looks at it by hand.

use gaggle_shared::{Project, Resources};

/// A command to paste, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// In a few words.
    pub what: &'static str,
    /// For a shell.
    pub line: String,
}

/// An object of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// In words, whether it is there now.
    pub state: &'static str,
}

/// The objects of a project in a cluster.
pub fn objects(project: &Project, resources: &Resources) -> Vec<Object> {
    let awake = matches!(project.phase, gaggle_shared::Phase::Active | gaggle_shared::Phase::Activating);
    let scaled = if awake { "scaled to 1" } else { "scaled to 0" };
    let object = |kind, name: &str, state| Object { kind, name: name.to_owned(), state };
    let mut all = vec![
        object("Namespace", &resources.namespace, "shared by your projects"),
        object("Deployment", &resources.deployment, scaled),
        object("Service", &resources.service, if awake { "open" } else { "inside the cluster" }),
    ];
    all.extend(resources.ingress.as_deref().map(|name| object("Ingress", name, "")));
    all.push(match resources.pod.as_deref() {
        Some(pod) => object("Pod", pod, if awake { "running" } else { "going" }),
        None => object("Pod", "none", "nothing runs while it sleeps"),
    });
    all
}

/// What one would type to look at them.
pub fn kubectl(resources: &Resources) -> Vec<Command> {
    let Resources { namespace, deployment, service, ingress, .. } = resources;
    let label = format!("app={deployment}");
    let line = |what, line: String| Command { what, line };
    let mut all = vec![
        line("See all of it", format!("kubectl -n {namespace} get deploy,svc,pod,pvc -l {label}")),
        line("Why does it not start?", format!("kubectl -n {namespace} describe pod -l {label}")),
        line("What happened lately", format!("kubectl -n {namespace} get events --sort-by=.lastTimestamp")),
        line("Its log", format!("kubectl -n {namespace} logs -l {label} --all-containers --tail=200 -f")),
        line(
            "A shell beside the agent",
            format!("kubectl -n {namespace} exec -it deploy/{deployment} -- sh"),
        ),
        line("Its address", format!("kubectl -n {namespace} get svc {service} -o wide")),
    ];
    all.extend(
        ingress.as_ref().map(|name| line("Its host", format!("kubectl -n {namespace} get ingress {name}"))),
    );
    all
}

/// What one would type to do by hand what the page does; the server's address stands before.
pub fn gaggle(project: &Project, server: &str) -> Vec<Command> {
    let name = quoted(project.name.as_str());
    let line = |what, verb: &str| {
        let line = format!("gaggle {verb} {name} --user {} --server {}", project.user_id, quoted(server));
        Command { what, line }
    };
    vec![line("Talk to it", "chat"), line("Its log", "logs"), line("What happens", "events")]
}

/// A word for a shell, exactly.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::project;
    use gaggle_shared::Phase;

    fn resources(pod: Option<&str>) -> Resources {
        Resources {
            namespace: "user-alice".into(),
            deployment: "proj-p1-api".into(),
            service: "proj-p1-svc".into(),
            ingress: Some("proj-p1-ingress".into()),
            pod: pod.map(str::to_owned),
        }
    }

    #[test]
    fn a_sleeping_project_has_objects_but_no_pod() {
        let objects = objects(&project("a", Phase::Inactive), &resources(None));
        let told: Vec<_> = objects.iter().map(|o| (o.kind, o.state)).collect();
        assert_eq!(told[1], ("Deployment", "scaled to 0"));
        assert_eq!(told[4], ("Pod", "nothing runs while it sleeps"));
    }

    #[test]
    fn commands_name_what_is_there() {
        let all = kubectl(&resources(Some("x")));
        assert_eq!(all[1].line, "kubectl -n user-alice describe pod -l app=proj-p1-api");
        assert_eq!(all.last().unwrap().line, "kubectl -n user-alice get ingress proj-p1-ingress");
    }

    #[test]
    fn names_cannot_leave_their_quotes() {
        assert_eq!(quoted("plain-1"), "plain-1");
        assert_eq!(quoted("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(quoted("-x"), "'-x'");
    }
}
