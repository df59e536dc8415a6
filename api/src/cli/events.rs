use super::{
    Client, Failed, Remote,
    client::{Frames, segment},
    show,
};
use clap::Args;
use reqwest::Method;
use serde_json::Value;

/// Which events.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
    /// Name or id of a project; without one, what happens to the user's projects
    project: Option<String>,
    /// Only those after this seq
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// Only these types, such as turn.ended,usage
    #[arg(long, value_delimiter = ',')]
    types: Vec<String>,
    /// Go on with what comes
    #[arg(long, short)]
    follow: bool,
}

/// Prints one event a line.
pub(super) async fn run(flags: Flags) -> Result<(), Failed> {
    let client = Client::new(&flags.remote)?;
    let Some(name) = &flags.project else {
        return stream(&client, &client.user_path("/events"), true).await;
    };
    let project = client.project(name).await?;
    let rest = format!("/{}/events?types={}", segment(project.id.as_str()), flags.types.join(","));
    let path = client.path(&rest);
    if flags.follow {
        return stream(&client, &format!("{path}&after={}", flags.after), false).await;
    }
    let mut after = flags.after;
    loop {
        let request = client.request(Method::GET, &format!("{path}&limit=200&after={after}"));
        let page: Value = client.read(request.header("Accept", "application/json")).await?;
        let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        for item in items {
            show::json(item)?;
        }
        match page["lastSeq"].as_u64() {
            Some(last) if last > after && !items.is_empty() => after = last,
            _ => return Ok(()),
        }
    }
}

async fn stream(client: &Client, path: &str, typed: bool) -> Result<(), Failed> {
    let request = client.request(Method::GET, path).header("Accept", "text/event-stream");
    let mut frames = Frames::new(client.send(request).await?);
    while let Some(frame) = frames.next().await? {
        // A user's events do not name their type in their JSON.
        if typed {
            show::print(&format!("{{\"type\":\"{}\",\"data\":{}}}\n", frame.event, frame.data))?;
        } else {
            show::print(&(frame.data + "\n"))?;
        }
    }
    Ok(())
}
