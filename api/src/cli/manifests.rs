use super::{Client, Failed, Remote, client::segment, exit, show};
use clap::Args;
use reqwest::Method;
use serde_json::json;

/// Whose objects.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Name or id of a project; USER/PROJECT for one that is not --user's
    project: String,
}

/// Prints what is applied, as it can be kept beside the cluster's other files, and all but the Secrets, whose values are
/// masked, be given to `kubectl diff`.
pub(super) async fn run(mut flags: Flags) -> Result<(), Failed> {
    let (user, project) = whose(&flags.remote.user, &flags.project);
    flags.remote.user = user;
    let client = Client::new(&flags.remote)?;
    let project = client.project(&project).await?;
    let path = client.path(&format!("/{}/manifests", segment(project.id.as_str())));
    let response = client.send(client.request(Method::GET, &path)).await?;
    let yaml = response.text().await.map_err(|error| Failed::new(exit::NO_SERVER, error.to_string()))?;
    if client.json {
        return Ok(show::json(&json!({"projectId": project.id, "manifests": yaml}))?);
    }
    Ok(show::print(&show::clean(&yaml))?)
}

/// Names may hold a slash, users' ids may not.
fn whose(user: &str, project: &str) -> (String, String) {
    let id = |text: &str| gaggle_shared::UserId::parse(text).is_ok();
    match project.split_once('/') {
        Some((other, rest)) if id(other) && !rest.is_empty() => (other.to_owned(), rest.to_owned()),
        _ => (user.to_owned(), project.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_may_stand_before_the_project() {
        let pair = |user: &str, project: &str| (user.to_owned(), project.to_owned());
        assert_eq!(whose("alice", "bob/shop"), pair("bob", "shop"));
        assert_eq!(whose("alice", "shop"), pair("alice", "shop"));
        assert_eq!(whose("alice", "Bob/shop"), pair("alice", "Bob/shop"), "no user has such an id");
        assert_eq!(whose("alice", "bob/"), pair("alice", "bob/"));
    }
}
