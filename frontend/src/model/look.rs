//! What a project looks like: one tone and one word for what it does, and what to do next.

use super::{plain, start, time};
use gaggle_shared::{ActivityState, AwakeReason, Phase, Project, StepNow, Time};

/// What a project is called, with what cannot be seen made visible.
pub fn name(project: &Project) -> String {
    plain::called(project.name.as_str())
}

/// A colour with a meaning, everywhere the same; also the name of its CSS class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tone {
    /// A person is needed.
    Wait,
    /// It works.
    Ok,
    /// It is on its way.
    Busy,
    /// Something went wrong.
    Bad,
    /// It listens.
    Ready,
    /// It rests.
    Idle,
}

impl Tone {
    /// The CSS class.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Ok => "ok",
            Self::Busy => "busy",
            Self::Bad => "bad",
            Self::Ready => "ready",
            Self::Idle => "idle",
        }
    }

    /// The heading of its group in the side bar.
    pub const fn group(self) -> &'static str {
        match self {
            Self::Wait => "Needs you",
            Self::Ok => "Working",
            Self::Busy => "On the way",
            Self::Bad => "Failed",
            Self::Ready => "Ready",
            Self::Idle => "Asleep",
        }
    }
}

/// A tone with its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The colour.
    pub tone: Tone,
    /// The word on the pill.
    pub word: &'static str,
    /// True while it moves by itself.
    pub live: bool,
}

/// The one thing to do next with a project, offered there and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Answer what it asks.
    Review,
    /// Start it again after a failure.
    TryAgain,
    /// Talk to it.
    Open,
    /// Start its agent.
    Wake,
    /// Nothing: it goes away.
    Nothing,
}

/// What may be done besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Also {
    /// Ends the turn that runs.
    StopTurn,
    /// Ends the agent.
    Sleep,
    /// Gives the start up.
    Cancel,
}

/// What may be done besides what comes next.
pub fn also(project: &Project) -> Option<Also> {
    match (project.phase, project.activity.state) {
        (Phase::Active, ActivityState::Working) if project.activity.turn_id.is_some() => Some(Also::StopTurn),
        (Phase::Active, _) => Some(Also::Sleep),
        (Phase::Activating, _) => Some(Also::Cancel),
        _ => None,
    }
}

/// What a project looks like now.
pub fn of(project: &Project) -> Look {
    let look = |tone, word, live| Look { tone, word, live };
    match project.phase {
        Phase::Deleting => look(Tone::Idle, "Deleting", true),
        Phase::Failed => look(Tone::Bad, "Failed", false),
        Phase::Activating => look(Tone::Busy, "Starting", true),
        Phase::Deactivating => look(Tone::Idle, "Falling asleep", true),
        Phase::Inactive => look(Tone::Idle, "Asleep", false),
        Phase::Active => match project.activity.state {
            ActivityState::Waiting => look(Tone::Wait, "Needs you", true),
            ActivityState::Working => look(Tone::Ok, "Working", true),
            _ => look(Tone::Ready, "Ready", false),
        },
    }
}

/// What to offer next.
pub fn next(project: &Project) -> Next {
    match (project.phase, project.activity.state) {
        (Phase::Deleting, _) => Next::Nothing,
        (Phase::Failed, _) => Next::TryAgain,
        (Phase::Active, ActivityState::Waiting) => Next::Review,
        (Phase::Inactive, _) => Next::Wake,
        _ => Next::Open,
    }
}

/// One sentence on what it does, with a fallback where the server has none yet.
pub fn sentence(project: &Project) -> String {
    if let Some(failure) = project.failure.as_ref().filter(|_| project.phase == Phase::Failed) {
        return whole(&failure.message);
    }
    if let Some(step) = step(project) {
        let name = start::label(step.step);
        let message = step.message.trim();
        return if message.is_empty() {
            format!("Starting: {}", name.to_lowercase())
        } else {
            format!("{name}: {message}")
        };
    }
    let summary = project.activity.summary.trim();
    if !summary.is_empty() {
        return summary.to_owned();
    }
    match project.phase {
        Phase::Inactive => "Nothing said yet. A message wakes it.".into(),
        Phase::Activating => "Its agent is starting.".into(),
        Phase::Active => "Its agent waits for the first message.".into(),
        Phase::Deactivating => "Its agent is going to sleep.".into(),
        Phase::Deleting => "Everything of it is being removed.".into(),
        Phase::Failed => "It did not start.".into(),
    }
}

/// A sentence in words and, at its end, what is to be set as code: the tool's command or file.
pub fn said(sentence: &str) -> (String, Option<String>) {
    for (start, shell, other) in
        [("Wants to use: ", "Wants to run ", "Wants to use "), ("Running: ", "Running ", "Running ")]
    {
        let Some(title) = sentence.strip_prefix(start) else { continue };
        return match title.split_once(" · ") {
            Some(("shell", command)) => (shell.to_owned(), Some(command.to_owned())),
            Some(("write", path)) if start.starts_with('W') => {
                ("Wants to write ".into(), Some(path.to_owned()))
            }
            Some(("edit", path)) if start.starts_with('W') => {
                ("Wants to edit ".into(), Some(path.to_owned()))
            }
            Some(("write" | "edit", path)) => ("Editing ".into(), Some(path.to_owned())),
            Some((tool, subject)) => (format!("{other}{tool}: "), Some(subject.to_owned())),
            None => (other.to_owned(), Some(title.to_owned())),
        };
    }
    (sentence.to_owned(), None)
}

/// A remark as a sentence: with a capital letter, and a full stop where nothing else ends it.
pub fn whole(remark: &str) -> String {
    let remark = remark.trim();
    let mut letters = remark.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if remark.ends_with(|last: char| last.is_alphanumeric()) { "." } else { "" };
    format!("{first}{}{stop}", letters.as_str())
}

/// What to do where it failed.
pub fn hint(project: &Project) -> Option<String> {
    let failure = project.failure.as_ref().filter(|_| project.phase == Phase::Failed)?;
    failure.hint.as_deref().map(|hint| plain::line(&whole(hint)))
}

/// All that is said of it: the whole sentence, and what to do where it failed. A card may have room for less.
pub fn told(project: &Project) -> String {
    let sentence = plain::line(&sentence(project));
    match hint(project) {
        Some(hint) => format!("{sentence} {hint}"),
        None => sentence,
    }
}

/// The first sentence of some.
pub fn first(sentences: &str) -> &str {
    sentences.find(". ").map_or(sentences, |end| &sentences[..=end])
}

/// How long what it does now has gone on, for the end of its sentence: `2 min`. Nothing while it rests.
pub fn lasting(project: &Project, now: Time) -> Option<String> {
    let since =
        project.activity.since.filter(|_| matches!(project.phase, Phase::Active | Phase::Activating))?;
    Some(time::about(time::ms_between(since, now)))
}

/// The step of a start that is under way.
pub fn step(project: &Project) -> Option<&StepNow> {
    project.start.as_ref().filter(|_| project.phase == Phase::Activating)?.step.as_ref()
}

/// How long it has been starting, and how long that usually takes here, which is in milliseconds: `12 s, usually 3 s`.
pub fn starting(project: &Project, now: Time, usual: Option<u64>) -> Option<String> {
    let so_far = time::about(time::ms_between(project.activity.since?, now));
    Some(match usual {
        Some(usual) => format!("{so_far}, usually {}", time::length(usual as i64)),
        None => so_far,
    })
}

/// The small line of a card: how long, what it used today, and when it sleeps. `start` is what [`starting`] says.
pub fn facts(project: &Project, now: Time, start: Option<String>) -> String {
    let ago = |then| Some(time::ago(then, now));
    let mut facts = match (project.phase, project.activity.state) {
        (Phase::Active, ActivityState::Working | ActivityState::Waiting) => vec![lasting(project, now)],
        (Phase::Active, _) => vec![ago(project.last_activity_at), Some(rest(project, now))],
        (Phase::Activating, _) => vec![start],
        (Phase::Failed, _) => {
            vec![ago(project.failure.as_ref().map_or(project.last_activity_at, |f| f.since))]
        }
        (Phase::Inactive, _) => vec![ago(project.last_activity_at)],
        (Phase::Deactivating | Phase::Deleting, _) => vec![Some(rest(project, now))],
    };
    facts.push(today(project).map(|used| format!("{used} today")));
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Why it is awake or when it sleeps; what it did last where it rests.
pub fn rest(project: &Project, now: Time) -> String {
    match (project.phase, project.sleeps_at, project.activity.awake_reason) {
        (Phase::Active, Some(at), _) => format!("sleeps in {}", time::left(at, now)),
        (Phase::Active, None, Some(reason)) => awake(reason).into(),
        (Phase::Activating, ..) => "on its way up".into(),
        (Phase::Failed, ..) => "until you try again".into(),
        (Phase::Deactivating, ..) => "on its way to sleep".into(),
        (Phase::Deleting, ..) => "on its way out".into(),
        _ => "asleep".into(),
    }
}

/// Tokens and money since midnight UTC; nothing if there were none.
pub fn today(project: &Project) -> Option<String> {
    let activity = &project.activity;
    let cost = activity.cost_today.filter(|cost| *cost > 0.0).map(time::money);
    match (activity.tokens_today, cost) {
        (0, None) => None,
        (tokens, None) => Some(format!("{} tokens", time::count(tokens))),
        (tokens, Some(cost)) => Some(format!("{cost} · {} tokens", time::count(tokens))),
    }
}

/// Why it is awake, as one says it of a colleague.
pub const fn awake(reason: AwakeReason) -> &'static str {
    match reason {
        AwakeReason::Turn => "awake while it works",
        AwakeReason::Queue => "awake for the next message",
        AwakeReason::Permission => "awake until you answer",
        AwakeReason::RecentActivity => "awake, just used",
        AwakeReason::NeverSleeps => "never sleeps",
    }
}

/// When it will sleep.
pub fn sleeps(project: &Project, now: Time) -> Option<String> {
    if let Some(at) = project.sleeps_at {
        return Some(format!("in {}", time::left(at, now)));
    }
    let reason = project.activity.awake_reason.filter(|_| project.phase == Phase::Active)?;
    let words = match reason {
        AwakeReason::Turn => "some time after it is done",
        AwakeReason::Queue => "some time after the next message",
        AwakeReason::Permission => "some time after your answer",
        AwakeReason::RecentActivity => "some time without work",
        AwakeReason::NeverSleeps => "never",
    };
    Some(words.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::{at, project};

    #[test]
    fn a_project_says_how_long_and_until_when() {
        let mut working = project("a", Phase::Active);
        working.activity.since = Some(at(100));
        assert_eq!(lasting(&working, at(220)).as_deref(), Some("2 min"));
        working.activity.awake_reason = Some(AwakeReason::Turn);
        assert_eq!(rest(&working, at(0)), "awake while it works");
        assert_eq!(sleeps(&working, at(0)).as_deref(), Some("some time after it is done"));
        working.sleeps_at = Some(at(400));
        assert_eq!(rest(&working, at(0)), "sleeps in 6 min 40 s");
        working.phase = Phase::Inactive;
        assert_eq!((lasting(&working, at(220)), rest(&working, at(0)).as_str()), (None, "asleep"));
    }

    #[test]
    fn a_name_shows_what_cannot_be_seen() {
        let mut one = project("a", Phase::Inactive);
        one.name = gaggle_shared::ProjectName::parse("pay\u{200b}roll\u{3164}").unwrap();
        assert_eq!(name(&one), "pay[U+200B]roll[U+3164]");
    }

    #[test]
    fn a_card_tells_the_times_that_matter() {
        let mut one = project("a", Phase::Inactive);
        one.activity.tokens_today = 41_200;
        assert_eq!(facts(&one, at(120), None), "2 min ago · 41k tokens today");
        one.activity.cost_today = Some(1.844);
        assert_eq!(facts(&one, at(120), None), "2 min ago · $1.84 · 41k tokens today");
        one.activity.cost_today = None;
        one.phase = Phase::Active;
        one.activity.awake_reason = Some(AwakeReason::RecentActivity);
        one.sleeps_at = Some(at(180));
        assert_eq!(facts(&one, at(120), None), "2 min ago · sleeps in 1 min 00 s · 41k tokens today");
        (one.activity.state, one.activity.since) = (ActivityState::Working, Some(at(90)));
        assert_eq!(
            facts(&one, at(120), None),
            "30 s · 41k tokens today",
            "no reason is told where the pill says it"
        );
    }

    #[test]
    fn a_start_says_what_it_is_at_and_what_is_usual() {
        let mut one = project("a", Phase::Activating);
        one.activity.summary = "what it said before".into();
        one.activity.since = Some(at(0));
        assert_eq!(starting(&one, at(12), None).as_deref(), Some("12 s"));
        assert_eq!(starting(&one, at(12), Some(2_500)).as_deref(), Some("12 s, usually 2.5 s"));
        let step =
            StepNow { step: gaggle_shared::Step::Image, message: "pulling goose:1".into(), since: at(10) };
        one.start = Some(gaggle_shared::Start { seq: 1, at: at(0), ready_at: None, step: Some(step) });
        assert_eq!(sentence(&one), "Image: pulling goose:1");
        one.phase = Phase::Active;
        assert_eq!(sentence(&one), "what it said before", "a start that is over is not told");
    }

    #[test]
    fn a_tool_is_told_in_words_and_code() {
        let told = |sentence: &str| {
            let (words, code) = said(sentence);
            format!("{words}[{}]", code.unwrap_or_default())
        };
        assert_eq!(told("Wants to use: shell · cargo test"), "Wants to run [cargo test]");
        assert_eq!(told("Wants to use: write · a.md"), "Wants to write [a.md]");
        assert_eq!(told("Running: shell · a · b"), "Running [a · b]");
        assert_eq!(told("Running: analyze · src"), "Running analyze: [src]");
        assert_eq!(told("All is well."), "All is well.[]");
    }

    #[test]
    fn a_remark_becomes_a_sentence() {
        assert_eq!(whole("the provider is not set up"), "The provider is not set up.");
        assert_eq!(whole("Set X, then wait…"), "Set X, then wait…");
        assert_eq!(whole(" "), "");
    }

    #[test]
    fn a_failure_says_what_to_do_in_a_sentence() {
        let mut one = project("a", Phase::Failed);
        let hint_of = |hint: &str| gaggle_shared::Failure {
            code: gaggle_shared::Code::Unschedulable,
            message: "no node has room".into(),
            hint: Some(hint.into()),
            detail: None,
            since: at(0),
        };
        one.failure = Some(hint_of("ask for less memory. Or\u{202e} add v1.2 nodes"));
        let told = hint(&one).unwrap();
        assert_eq!(told, "Ask for less memory. Or[U+202E] add v1.2 nodes.");
        assert_eq!((first(&told), first("One v1.2.")), ("Ask for less memory.", "One v1.2."));
        assert_eq!(
            super::told(&one),
            "No node has room. Ask for less memory. Or[U+202E] add v1.2 nodes.",
            "all of it"
        );
        one.phase = Phase::Active;
        assert_eq!(hint(&one), None, "what is over is not told");
    }

    #[test]
    fn nothing_used_today_is_not_told() {
        let mut used = project("a", Phase::Inactive);
        assert_eq!(today(&used), None);
        used.activity.tokens_today = 41_200;
        assert_eq!(today(&used).as_deref(), Some("41k tokens"));
        used.activity.cost_today = Some(1.844);
        assert_eq!(today(&used).as_deref(), Some("$1.84 · 41k tokens"));
    }
}
