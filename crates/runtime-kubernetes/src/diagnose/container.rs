//! A container that does not come up, or not again.

use super::{Finding, Now, placed_since};
use crate::state::{Container, Ended, PodView, Project, Status};
use gaggle_core::port::Cause;
use gaggle_relay_protocol::ON_NFS;
use gaggle_shared::{Code, Step};
use std::time::Duration;

/// How much of a container's last words is shown.
const WORDS: usize = 2048;

/// What a busy node gets over by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// The container waits for a reason that is not the image's; none: nothing is wrong.
pub(super) fn waiting(
    project: &Project,
    name: &str,
    pod: &PodView,
    container: &Container,
    (reason, message): (&str, &str),
    now: &Now,
) -> Option<Finding> {
    match reason {
        "CrashLoopBackOff" => {
            let ended = container.last.as_ref();
            Some(Finding::broken(crashed(project, name, container, ended, message)))
        }
        "CreateContainerConfigError" => {
            let cause = Cause::new(Code::ContainerConfigError, config_words(message))
                .hint("activate again, which makes its objects anew; the detail names what is missing")
                .detail(format!("{reason}: {message}"));
            Some(Finding::broken(cause))
        }
        "CreateContainerError" | "RunContainerError" | "PreCreateHookError" | "PreStartHookError" => {
            let cause = unstartable(&format!("{reason}: {message}"));
            // The runtime is slow, or still clears away what was there before.
            let slow = ["deadline exceeded", "is reserved for", "in use"];
            if slow.iter().any(|words| message.contains(words)) {
                let since = placed_since(pod);
                return Some(Finding::after(now, since, PATIENCE, Step::Container, cause.passing()));
            }
            Some(Finding::broken(cause))
        }
        _ => None,
    }
}

/// The container has ended and will be started again: at once the first time, then ever later.
pub(super) fn ended(ended: &Ended) -> Finding {
    if let Some(cause) = on_nfs(ended) {
        return Finding::broken(cause);
    }
    Finding {
        words: Some(format!("the container has ended ({}); it is started again", how(ended))),
        ..Finding::starting(Step::Container)
    }
}

fn config_words(message: &str) -> &'static str {
    let lower = message.to_lowercase();
    if lower.contains("couldn't find key") {
        "The agent's Secret lacks a key that its container needs."
    } else if lower.contains("secret") && lower.contains("not found") {
        "The agent's Secret is not there."
    } else if lower.contains("non-root") || lower.contains("runasnonroot") {
        "The agent's image would run as root, which is not allowed."
    } else {
        "The agent's container is configured in a way that cannot work."
    }
}

fn unstartable(detail: &str) -> Cause {
    Cause::new(Code::ContainerConfigError, "The agent's container could not be started.")
        .hint("check that the image is one for this platform, and has what is to be started in it")
        .detail(cut(detail))
}

fn crashed(project: &Project, name: &str, container: &Container, ended: Option<&Ended>, said: &str) -> Cause {
    let Some(ended) = ended.or(match &container.status {
        Status::Ended(ended) => Some(ended),
        _ => None,
    }) else {
        return Cause::new(Code::CrashLoop, "The agent's container ends again and again.")
            .hint("look at the project's log")
            .detail(said);
    };
    if let Some(cause) = on_nfs(ended) {
        return cause;
    }
    let detail = cut(&format!("{}: {}", how(ended), ended.message.trim()));
    if &*ended.reason == "OOMKilled" {
        return Cause::new(Code::OomKilled, "The agent used more memory than it may, and was ended for it.")
            .hint("raise memory in the project's settings")
            .detail(detail);
    }
    if matches!(&*ended.reason, "StartError" | "ContainerCannotRun") {
        return unstartable(&detail);
    }
    let probe = project
        .notes_of("Pod", name)
        .rfind(|note| &*note.reason == "Unhealthy" && note.message.starts_with("Liveness"));
    // 137 and 143: it was told to end.
    if let Some(note) = probe.filter(|_| matches!(ended.code, 137 | 143)) {
        return Cause::new(
            Code::AgentUnresponsive,
            "The agent's container does not answer, and is ended for it.",
        )
        .hint("look at the project's log; raise cpu in its settings if it is just slow")
        .detail(format!("{}\n{detail}", note.message));
    }
    let what = if container.init { "What prepares the agent's pod" } else { "The agent's container" };
    Cause::new(Code::CrashLoop, format!("{what} ends again and again (exit code {}).", ended.code))
        .hint("look at the project's log; the detail has its last lines")
        .detail(detail)
}

/// The relay refuses such a volume, and will the next time.
fn on_nfs(ended: &Ended) -> Option<Cause> {
    let said = ended.message.lines().rfind(|line| line.contains(ON_NFS))?;
    let cause = Cause::new(
        Code::VolumeFailed,
        "The project's volume is on NFS, where neither locks nor the agent's database hold.",
    );
    let hint = "choose a StorageClass of a disk (GAGGLE_STORAGE_CLASS) and make the project anew: a volume's class stays";
    Some(cause.hint(hint).detail(said.trim()))
}

fn how(ended: &Ended) -> String {
    match &*ended.reason {
        "" => format!("exit code {}", ended.code),
        reason => format!("{reason}, exit code {}", ended.code),
    }
}

/// The end of a text, from the beginning of a line.
fn cut(text: &str) -> String {
    let text = text.trim_end_matches([' ', '\n', ':']);
    if text.len() <= WORDS {
        return text.to_owned();
    }
    let head = text.lines().next().unwrap_or_default();
    let mut from = text.len() - WORDS;
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let tail = text[from..].split_once('\n').map_or(&text[from..], |(_, rest)| rest);
    format!("{}\n…\n{tail}", head.chars().take(200).collect::<String>())
}
