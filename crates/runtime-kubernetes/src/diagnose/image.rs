//! The image cannot be pulled, or is being pulled.

use super::{Finding, Now, placed_since};
use crate::config::repository;
use crate::state::{Container, PodView, Project};
use gaggle_core::port::Cause;
use gaggle_shared::{Code, Step};
use std::time::Duration;

/// How long a registry's own trouble is left to the kubelet, which tries again by itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a registry may be unreachable.
const UNREACHABLE: Duration = Duration::from_secs(30);

/// The reasons of a container that waits for its image in vain.
const REASONS: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// Whether a container's reason is the image's.
pub(super) fn concerns(reason: &str) -> bool {
    REASONS.contains(&reason)
}

pub(super) fn diagnose(
    project: &Project,
    name: &str,
    pod: &PodView,
    container: &Container,
    (reason, message): (&str, &str),
    now: &Now,
) -> Finding {
    let said = said(project, name, reason, message);
    let image = &*container.image;
    let since = placed_since(pod);
    match trouble(reason, &bare(&said, image)) {
        Trouble::NeverPull => Finding::broken(
            failed(format!("The image {image} is not on the node, and may not be pulled."), &said)
                .hint("load it onto the node, or configure another pull policy"),
        ),
        Trouble::BadName => {
            Finding::broken(failed(format!("{image} is no name of an image."), &said).hint("check ACR_IMAGE"))
        }
        Trouble::Denied => {
            Finding::broken(failed(format!("The registry does not allow to pull {image}."), &said).hint(
                "check the name (ACR_IMAGE) and the pull secret: many registries say so of what is not there",
            ))
        }
        Trouble::NotFound => Finding::broken(
            failed(format!("The image {image} does not exist."), &said)
                .hint("check ACR_IMAGE: registry, name and tag"),
        ),
        Trouble::Busy => {
            let cause = failed(format!("The registry cannot serve {image} just now."), &said)
                .hint("it is tried again; if it stays so, look at the registry's state or limits")
                .passing();
            Finding::after(now, since, PATIENCE, Step::Image, cause)
        }
        Trouble::Unreachable => {
            let cause = failed(format!("The node cannot reach the registry of {image}."), &said)
                .hint("check ACR_IMAGE, and the node's way to the registry (DNS, proxy, firewall)");
            Finding::after(now, since, UNREACHABLE, Step::Image, cause)
        }
        Trouble::Other => Finding::broken(
            failed(format!("The image {image} could not be pulled."), &said)
                .hint("the detail is the node's own sentence"),
        ),
    }
}

/// A pull is in progress, as far as events tell.
pub(super) fn pulling(project: &Project, name: &str) -> bool {
    let of_image = ["Pulling", "Pulled", "Failed"];
    let last = project.notes_of("Pod", name).rfind(|note| of_image.contains(&&*note.reason));
    last.is_some_and(|note| &*note.reason == "Pulling")
}

fn failed(message: String, said: &str) -> Cause {
    Cause::new(Code::ImagePullFailed, message).detail(said)
}

/// While it backs off the container only says so; why stands in the event.
fn said(project: &Project, name: &str, reason: &str, message: &str) -> String {
    let event = project
        .notes_of("Pod", name)
        .rfind(|note| &*note.reason == "Failed" && note.message.contains("image"))
        .filter(|note| note.message.starts_with("Failed to pull") || message.is_empty());
    match event {
        Some(note) if !message.contains("failed to") => format!("{reason}: {}", note.message),
        _ => format!("{reason}: {message}"),
    }
}

enum Trouble {
    NeverPull,
    BadName,
    Denied,
    NotFound,
    Busy,
    Unreachable,
    Other,
}

/// What was said, in small letters, without what anybody may choose: names of images and registries, tags and digests
/// hold any word and any number.
fn bare(said: &str, image: &str) -> String {
    let (mut left, image) = (said.to_lowercase(), image.to_lowercase());
    let repository = repository(&image);
    let (host, path) = repository.split_once('/').unwrap_or((repository, ""));
    for name in [image.as_str(), repository, path, host] {
        // One plain word may be one of the sentence's own.
        if name.contains(['/', '.', ':']) {
            left = left.replace(name, "image");
        }
    }
    // `status code [manifests TAG]: 403 Forbidden`
    while let Some(open) = left.find('[')
        && let Some(length) = left[open..].find(']')
    {
        left.replace_range(open..=open + length, "");
    }
    let word = |word: &str| match word.contains("://") || word.contains("sha256:") {
        true if word.ends_with(':') => "address:".to_owned(),
        true => "address".to_owned(),
        false => word.to_owned(),
    };
    left.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// What is wrong, by the words of [`bare`].
fn trouble(reason: &str, said: &str) -> Trouble {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match reason {
        "ErrImageNeverPull" => return Trouble::NeverPull,
        "InvalidImageName" => return Trouble::BadName,
        _ => {}
    }
    let busy = ["status: 429", "status code 429", "too many requests", "toomanyrequests", "rate limit"];
    let down = ["500 internal", "502 bad", "503 service", "504 gateway", "status: 5", "status code 5"];
    if says(&busy) || says(&down) || reason == "RegistryUnavailable" {
        Trouble::Busy
    } else if says(&[
        "status: 401",
        "status: 403",
        "status code 401",
        "status code 403",
        "unauthorized",
        "forbidden",
        "denied",
        "authentication required",
        "no basic auth",
    ]) {
        Trouble::Denied
    } else if says(&[
        "connection refused",
        "no such host",
        "i/o timeout",
        "deadline exceeded",
        "network is unreachable",
        "no route to host",
        "connection reset",
        "server misbehaving",
        ": eof",
    ]) {
        Trouble::Unreachable
    } else if says(&["not found", "manifest unknown", "does not exist", "name unknown"]) {
        Trouble::NotFound
    } else {
        Trouble::Other
    }
}
