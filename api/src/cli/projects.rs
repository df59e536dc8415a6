use super::{Client, Failed, Remote, show};
use clap::Args;
use gaggle_shared::{List, Project};
use reqwest::Method;

/// Which projects.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Only those in this phase
    #[arg(long, value_parser = ["inactive", "activating", "active", "deactivating", "failed", "deleting"])]
    phase: Option<String>,
}

/// Lists all pages.
pub(super) async fn run(flags: Flags) -> Result<(), Failed> {
    let client = Client::new(&flags.remote)?;
    let mut rows = vec![["NAME", "PHASE", "WHAT IT DOES", "ID"].map(str::to_owned).to_vec()];
    let mut cursor = None;
    loop {
        let mut query = vec![("limit", "200".to_owned())];
        query.extend(flags.phase.clone().map(|phase| ("phase", phase)));
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        let request = client.request(Method::GET, &client.path("")).query(&query);
        let page: List<Project> = client.read(request).await?;
        for project in &page.items {
            if client.json {
                show::json(project)?;
            }
            rows.push(row(project));
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    if client.json {
        return Ok(());
    }
    if rows.len() == 1 {
        eprintln!("no projects yet; `gaggle new NAME` makes one");
        return Ok(());
    }
    Ok(show::print(&show::table(&rows))?)
}

fn row(project: &Project) -> Vec<String> {
    let failure = project.failure.as_ref().map(|failure| failure.message.clone());
    let mut does = failure.unwrap_or_else(|| project.activity.summary.clone());
    if does.chars().count() > 60 {
        does = does.chars().take(59).collect::<String>() + "…";
    }
    vec![project.name.to_string(), project.phase.as_str().to_owned(), does, project.id.to_string()]
}
