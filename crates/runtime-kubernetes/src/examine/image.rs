use super::{Wanted, list, unknown};
use crate::{client::Connection, config::PullPolicy};
use gaggle_shared::Finding;
use k8s_openapi::api::core::v1::Node;

pub(super) const ABOUT: &str = "agent image";

/// Whether nodes have it already. Nothing is pulled.
pub(super) async fn image(connection: &Connection, wanted: &Wanted) -> Finding {
    let nodes = match list::<Node>(connection, "nodes").await {
        Ok(nodes) => nodes.items,
        Err(fault) => {
            return unknown(ABOUT, &format!("whether a node has {}", wanted.image), "", "nodes", fault);
        }
    };
    judge(&wanted.image, wanted.pull, &nodes)
}

fn judge(image: &str, pull: PullPolicy, nodes: &[Node]) -> Finding {
    let name = whole(image);
    let has = |node: &&Node| {
        let images = node.status.iter().flat_map(|status| status.images.iter().flatten());
        images.flat_map(|one| one.names.iter().flatten()).any(|one| whole(one) == name)
    };
    let (with, all) = (nodes.iter().filter(has).count(), nodes.len());
    match with {
        // A node tells of fifty at most, the largest first.
        0 if pull == PullPolicy::Never => Finding::bad(
            ABOUT,
            format!(
                "{image} is on no node, as far as they show, and GAGGLE_IMAGE_PULL_POLICY=Never forbids a pull"
            ),
            "load it onto the nodes, or let it be pulled",
        ),
        0 => Finding::note(
            ABOUT,
            format!("{image} is on no node yet, as far as they show: the first start pulls it"),
            "it must be in a registry that nodes reach, or be loaded onto them (docs/KUBERNETES.md, 1)",
        ),
        _ if pull == PullPolicy::Always => Finding::note(
            ABOUT,
            format!(
                "{image} is on {with} of {all} nodes, but GAGGLE_IMAGE_PULL_POLICY=Always pulls it at every start"
            ),
            "a registry that cannot be reached then means that nothing starts",
        ),
        _ => Finding::good(ABOUT, format!("{image} is on {with} of {all} nodes")),
    }
}

/// A name with all that may be left out of it, as nodes show it.
fn whole(image: &str) -> String {
    let (front, rest) = image.split_once('/').unwrap_or(("", image));
    let registry = front.contains(['.', ':']) || front == "localhost";
    let name = match (registry, front) {
        (true, _) => image.to_owned(),
        (false, "") => format!("docker.io/library/{rest}"),
        (false, _) => format!("docker.io/{image}"),
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    if last.contains([':', '@']) { name } else { format!("{name}:latest") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::FindingState;
    use serde_json::json;

    #[test]
    fn an_image_is_known_under_its_whole_name() {
        for (short, long) in [
            ("goose", "docker.io/library/goose:latest"),
            ("gaggle/agent:dev", "docker.io/gaggle/agent:dev"),
            ("localhost/goose:1", "localhost/goose:1"),
            ("r.example:5000/goose", "r.example:5000/goose:latest"),
            ("r.example/goose@sha256:0", "r.example/goose@sha256:0"),
        ] {
            assert_eq!(whole(short), long);
        }
    }

    #[test]
    fn nodes_say_which_images_they_have() {
        let node = |names: &[&str]| -> Node {
            serde_json::from_value(json!({"status": {"images": [{"names": names}]}})).unwrap()
        };
        let nodes = [node(&["docker.io/gaggle/agent:dev"]), node(&["docker.io/library/pause:3"])];
        let found = judge("gaggle/agent:dev", PullPolicy::IfNotPresent, &nodes);
        assert_eq!(
            (found.state, found.found.as_str()),
            (FindingState::Good, "gaggle/agent:dev is on 1 of 2 nodes")
        );
        let state = |image, pull| judge(image, pull, &nodes).state;
        assert_eq!(state("gaggle/agent:1", PullPolicy::IfNotPresent), FindingState::Note);
        assert_eq!(state("gaggle/agent:1", PullPolicy::Never), FindingState::Bad);
        assert_eq!(state("gaggle/agent:dev", PullPolicy::Always), FindingState::Note);
    }
}
