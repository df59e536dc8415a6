use super::{Client, Failed, Remote, show};
use clap::Args;
use gaggle_shared::{List, Orphan, OrphanReason};

/// Where to look.
#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    remote: Remote,
}

/// Lists what is nobody's, a row an object. Changes nothing: the server removes, unless it was told to report only.
pub(super) async fn run(flags: Flags) -> Result<(), Failed> {
    let client = Client::new(&flags.remote)?;
    let found: List<Orphan> = client.get("/api/orphans").await?;
    if client.json {
        for orphan in &found.items {
            show::json(orphan)?;
        }
        return Ok(());
    }
    if found.items.is_empty() {
        eprintln!("nothing is there that no record knows");
        return Ok(());
    }
    let mut rows =
        vec![["OBJECT", "NAMESPACE", "PROJECT", "WHY", "WHAT WILL BE DONE"].map(str::to_owned).to_vec()];
    rows.extend(found.items.iter().flat_map(rows_of));
    Ok(show::print(&show::clean(&show::table(&rows)))?)
}

fn rows_of(orphan: &Orphan) -> impl Iterator<Item = Vec<String>> {
    let why = match orphan.reason {
        OrphanReason::Unknown => "no record",
        OrphanReason::Deleted => "was deleted",
    };
    orphan.objects.iter().map(move |object| {
        let done = match (orphan.removes, object.data, orphan.data_removed_at) {
            (false, ..) => "nothing: GAGGLE_ORPHANS=report".to_owned(),
            (true, true, Some(at)) => format!("removed at {at:.0}"),
            (true, true, None) if orphan.reason == OrphanReason::Unknown => "removed after a day".to_owned(),
            (true, ..) => "removed within 30 s".to_owned(),
        };
        vec![
            format!("{}/{}", object.kind, object.name),
            object.namespace.clone().unwrap_or_default(),
            orphan.project_id.to_string(),
            why.to_owned(),
            done,
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::OrphanObject;

    #[test]
    fn each_object_says_what_becomes_of_it() {
        let object = |kind: &str, data| OrphanObject {
            kind: kind.into(),
            name: "proj-p1".into(),
            namespace: Some("user-a".into()),
            data,
        };
        let mut orphan = Orphan {
            project_id: gaggle_shared::ProjectId::parse("p1").unwrap(),
            reason: OrphanReason::Unknown,
            objects: vec![object("Deployment", false), object("PersistentVolumeClaim", true)],
            reported_since: None,
            data_removed_at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            removes: true,
        };
        let done = |orphan: &Orphan| rows_of(orphan).map(|row| row[4].clone()).collect::<Vec<_>>();
        assert_eq!(done(&orphan), ["removed within 30 s", "removed at 2026-01-02T03:04:05Z"]);
        orphan.data_removed_at = None;
        assert_eq!(done(&orphan)[1], "removed after a day");
        orphan.reason = OrphanReason::Deleted;
        assert_eq!(done(&orphan)[1], "removed within 30 s");
        orphan.removes = false;
        assert_eq!(done(&orphan), ["nothing: GAGGLE_ORPHANS=report"; 2]);
    }
}
