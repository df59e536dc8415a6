//! `kill -9` at every write of the story, before and after it, in a process of its own with a store on disk.

use crate::child;
use gaggle_core::port::Store;
use gaggle_core::service::{Gaggle, ProjectsQuery};
use gaggle_shared::Code;
use gaggle_store_embedded::EmbeddedStore;
use gaggle_testkit::scene::{alice, call, config, parts, server, within};
use gaggle_testkit::store::{FaultyStore, Moment};
use gaggle_testkit::story::{Machine, Story, Told, script};
use gaggle_testkit::{FakeGateway, FakeRuntime, ManualClock};
use rustix::process::{Signal, getpid, kill_process};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Methods of the port that only read.
const READS: &[&str] = &[
    "kept",
    "records",
    "load",
    "created_under",
    "list",
    "unsettled",
    "living",
    "read",
    "journal_end",
    "turn",
    "turns",
    "check",
];

/// Methods that write and that the story does not call, and where their death is tried instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("keep", "called by the listener for relays, not by the core: conformance::kept_bytes_stay"),
    ("trim", "called where a journal has outgrown its bound: conformance::trim_cut_anywhere"),
];

/// Longer than a receipt is kept.
const A_DAY: Duration = Duration::from_secs(25 * 3600);

/// A server over what lies in a directory; its agents are as after the death of the machine.
struct Place {
    store: Arc<FaultyStore<EmbeddedStore>>,
    gateway: FakeGateway,
    runtime: FakeRuntime,
    clock: ManualClock,
    gaggle: Gaggle,
}

impl Place {
    async fn open(
        dir: &Path,
        seed: u64,
        watch: impl Fn(FaultyStore<EmbeddedStore>) -> FaultyStore<EmbeddedStore>,
    ) -> Self {
        let store = Arc::new(watch(FaultyStore::new(EmbeddedStore::open(&dir.join("store")).unwrap())));
        let clock = ManualClock::default();
        let gateway = FakeGateway::new(Arc::new(clock.clone())).kept_in(dir.join("volumes"));
        gateway.script(script);
        let runtime = FakeRuntime::with_gateway(&gateway);
        let gaggle = server(parts(store.clone(), &runtime, &gateway, &clock, seed), config()).await;
        Self { store, gateway, runtime, clock, gaggle }
    }

    fn story<'a>(&'a self, machine: Machine, told: &'a (dyn Fn(Told) + Sync)) -> Story<'a> {
        Story { gaggle: &self.gaggle, gateway: &self.gateway, machine, told }
    }

    /// An agent that was lost in its start is started again after a while.
    async fn time_passes(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            self.clock.advance(Duration::from_millis(100));
        }
    }

    /// The receipt of a deleted project goes after a day, and then nothing is left.
    async fn forgotten(&self) {
        self.clock.advance(A_DAY);
        while !self.store.records(None, 1).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(self.runtime.running(), []);
    }
}

/// Tells the story, and kills itself at the write that `DIE_AT` names, by its number or by its method.
#[tokio::test]
#[ignore = "run by killed_at_any_write_nothing_acknowledged_is_lost_and_nothing_runs_twice"]
async fn child_tells() {
    let at = std::env::var("DIE_AT").unwrap();
    let dir = child::dir();
    let place = Place::open(&dir, 1, |store| {
        let at = at.clone();
        store.watched(move |n, what, moment| {
            if at == format!("{n} {moment:?}") || at == format!("{} {moment:?}", what.method()) {
                say(&format!("dies {}", what.method()));
                kill_process(getpid(), Signal::KILL).unwrap();
            }
        })
    });
    let place = place.await;
    let told = |told: Told| say(&format!("told {}", serde_json::to_string(&told).unwrap()));
    within(place.story(Machine::Same, &told).tell()).await.unwrap();
    within(place.forgotten()).await;
    say("over");
}

fn say(line: &str) {
    std::io::stdout().lock().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// What a child said before its end.
struct Heard {
    told: Vec<Told>,
    /// The method at which it died; none: it told the whole story.
    died: Option<String>,
}

fn listen(dir: &Path, at: &str) -> Heard {
    let mut command = child::command("story::child_tells", dir);
    let child = command.env("DIE_AT", at).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let text = String::from_utf8(child.stdout).unwrap();
    let said =
        |word: &'static str| text.lines().filter_map(move |line| line.strip_prefix(word)).map(str::to_owned);
    let told = said("told ").map(|json| serde_json::from_str(&json).unwrap()).collect();
    let died = said("dies ").next();
    let over = text.lines().any(|line| line == "over");
    let (killed, why) = (child.status.signal(), String::from_utf8_lossy(&child.stderr));
    assert!(
        if died.is_some() { killed == Some(9) && !over } else { child.status.success() && over },
        "at {at}: {why}\n{text}"
    );
    Heard { told, died }
}

/// Another server on the same disk: all that was acknowledged is there, and the story goes on to its end.
async fn goes_on(dir: &Path, told: &[Told]) {
    let place = Place::open(dir, 2, |store| store).await;
    Told::all_kept(told, &place.gaggle).await;
    if !told.contains(&Told::Deleted) {
        let again = Mutex::new(Vec::new());
        let hear = |told| again.lock().unwrap().push(told);
        let story = place.story(Machine::Fresh, &hear);
        let ended = tokio::select! {
            ended = within(story.tell()) => ended,
            () = place.time_passes() => unreachable!("it passes for ever"),
        };
        match ended {
            Ok(()) => same(told, &again.into_inner().unwrap()),
            // Its delete was written, though nobody was told.
            Err(error) => {
                let going = matches!(error.code, Code::ProjectNotFound | Code::ProjectDeleting);
                assert!(going && told.contains(&Told::Whole), "{error:?} after {told:#?}");
            }
        }
    }
    let query = ProjectsQuery { limit: 50, ..Default::default() };
    let gone = async {
        while !place.gaggle.projects(&call(), &alice(), &query).await.unwrap().items.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    within(gone).await;
    within(place.forgotten()).await;
}

/// What has a key is the same under it, and what has ended ends as it did.
fn same(told: &[Told], again: &[Told]) {
    let keyed = |one: &&Told| matches!(one, Told::Created(_) | Told::Queued { .. } | Told::Ended { .. });
    for one in told.iter().filter(keyed) {
        assert!(again.contains(one), "it is another now: {one:?}, in {again:#?}");
    }
}

/// A child dies at a write, and another server goes on; the method it died at, none where the story has no such write.
fn dies(at: &str, moment: Moment) -> Option<String> {
    let at = format!("{at} {moment:?}");
    let dir = tempfile::tempdir().unwrap();
    let heard = listen(dir.path(), &at);
    let method = heard.died?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("killed {at}, {method}: {} acknowledged", heard.told.len());
    runtime.block_on(goes_on(dir.path(), &heard.told));
    Some(method)
}

#[test]
fn killed_at_any_write_nothing_acknowledged_is_lost_and_nothing_runs_twice() {
    let elsewhere: Vec<_> = ELSEWHERE.iter().map(|(method, _)| *method).collect();
    for moment in [Moment::Before, Moment::After] {
        let (next, deaths) = (AtomicUsize::new(1), Mutex::new(Vec::new()));
        // Until a child has told the whole story.
        let tell = || {
            while let Some(method) = dies(&next.fetch_add(1, Ordering::Relaxed).to_string(), moment) {
                deaths.lock().unwrap().push(method);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(tell);
            }
        });
        let mut deaths = deaths.into_inner().unwrap();
        assert!(deaths.len() > 60, "{moment:?}: {} writes", deaths.len());
        // How many writes a story takes is not always the same: a shorter one may have been the last. What comes at
        // its end is asked for by name.
        let mut untried = methods();
        untried.retain(|method| !deaths.contains(method));
        deaths.extend(untried.iter().filter_map(|method| dies(method, moment)));
        untried.retain(|method| !deaths.contains(method));
        assert_eq!(untried, elsewhere, "no death is tried at these");
    }
}

/// The port's methods that write, from its code.
fn methods() -> Vec<String> {
    let code = include_str!("../../../core/src/port/store.rs");
    let all = code.split("    async fn ").skip(1).map(|rest| rest.split('(').next().unwrap().to_owned());
    all.filter(|method| !READS.contains(&method.as_str())).collect()
}
