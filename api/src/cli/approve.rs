use super::{Client, Failed, Remote, client::segment, exit, show};
use clap::Args;
use gaggle_shared::{AnswerPermission, List, OptionKind, Permission, ProjectId};

/// Which approval, and what to answer.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Name or id of a project
    project: String,
    /// The approval; needed where several wait
    permission: Option<String>,
    /// Answer with this option
    #[arg(long, value_name = "ID", conflicts_with_all = ["reject", "always"])]
    option: Option<String>,
    /// Reject instead of allow
    #[arg(long)]
    reject: bool,
    /// For good, not only this once
    #[arg(long)]
    always: bool,
    /// Tell the agent why, with a rejection
    #[arg(long, requires = "reject")]
    comment: Option<String>,
    /// Only show what waits
    #[arg(long)]
    list: bool,
}

/// Answers the one that waits, or the one named.
pub(super) async fn run(flags: Flags) -> Result<(), Failed> {
    let client = Client::new(&flags.remote)?;
    let project = client.project(&flags.project).await?.id;
    let path = client.path(&format!("/{}/permissions", segment(project.as_str())));
    let waiting: List<Permission> = client.get(&format!("{path}?state=pending&limit=200")).await?;
    if flags.list {
        for permission in &waiting.items {
            let line = format!("{}  {}\n", permission.id, show::clean(&permission.tool_call.title));
            if client.json { show::json(permission)? } else { show::print(&line)? }
        }
        return Ok(());
    }
    let permission = chosen(&waiting.items, flags.permission.as_deref())?;
    let option_id = match flags.option {
        Some(option) => option,
        None => option(permission, !flags.reject, flags.always)?,
    };
    let body = AnswerPermission { option_id, comment: flags.comment };
    let answered = answer(&client, &project, permission, &body).await?;
    if client.json {
        return Ok(show::json(&answered)?);
    }
    let option = answered.option_id.unwrap_or_default();
    Ok(show::print(&show::clean(&format!("{option}: {}\n", answered.tool_call.title)))?)
}

fn chosen<'a>(waiting: &'a [Permission], named: Option<&str>) -> Result<&'a Permission, Failed> {
    match (named, waiting) {
        (Some(id), _) => waiting
            .iter()
            .find(|permission| permission.id.as_str() == id)
            .ok_or_else(|| Failed::new(exit::NOT_FOUND, format!("no approval {id} waits"))),
        (None, [one]) => Ok(one),
        (None, []) => Err(Failed::new(exit::NOT_FOUND, "no approval waits")),
        (None, several) => {
            Err(Failed::new(exit::USAGE, format!("{} approvals wait: name one", several.len()))
                .hint("`gaggle approve PROJECT --list` shows them"))
        }
    }
}

/// The agent's option for this wish.
pub(super) fn option(permission: &Permission, allow: bool, always: bool) -> Result<String, Failed> {
    let kind = match (allow, always) {
        (true, false) => OptionKind::AllowOnce,
        (true, true) => OptionKind::AllowAlways,
        (false, false) => OptionKind::RejectOnce,
        (false, true) => OptionKind::RejectAlways,
    };
    let found = permission.options.iter().find(|option| option.kind == kind);
    found.map(|option| option.id.clone()).ok_or_else(|| {
        let ids: Vec<_> = permission.options.iter().map(|option| option.id.as_str()).collect();
        Failed::new(
            exit::FAILED,
            format!("the agent does not offer that; --option takes one of {}", ids.join(", ")),
        )
    })
}

/// Posts the answer.
pub(super) async fn answer(
    client: &Client,
    project: &ProjectId,
    permission: &Permission,
    body: &AnswerPermission,
) -> Result<Permission, Failed> {
    let path = format!("/{}/permissions/{}", segment(project.as_str()), segment(permission.id.as_str()));
    client.post(&client.path(&path), body).await
}
