//! The command line against a running server, as a person or a script uses it: what it prints, as JSON too, and every
//! documented exit code.

use crate::harness::{LONG, Project, World};
use gaggle_shared::EventBody;
use serde_json::Value;
use std::process::Stdio;
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

/// What a command did.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        // Whatever fails says so in words, and nothing else does.
        assert_eq!(code == 0, self.err.is_empty(), "{self:#?}");
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    #[track_caller]
    fn says(self, what: &str) -> Self {
        assert!(self.out.contains(what) || self.err.contains(what), "{what}: {self:#?}");
        self
    }
}

/// Runs it with this standard input and nothing of the surroundings but the server's address.
async fn gaggle(world: &mut World, args: &[&str], typed: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gaggle"));
    command.env_clear().env("PATH", std::env::var("PATH").unwrap()).env("HOME", world.folder());
    command.env("GAGGLE_SERVER", format!("http://{}", world.server().address)).args(args);
    command.current_dir(world.folder()).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).await.unwrap();
    drop(stdin);
    let ran = timeout(LONG, child.wait_with_output()).await.expect("it does not end").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: ran.status.code().unwrap(), out: text(ran.stdout), err: text(ran.stderr) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_chats_answers_looks_and_wakes() {
    let mut world = World::new().await;
    let made = gaggle(&mut world, &["new", "talks", "--mode", "auto", "--json"], "").await.code(0).json();
    let project = Project::new(world.api.clone(), made["id"].as_str().unwrap());
    let chat = gaggle(&mut world, &["chat", "talks"], "@say one two\n\n@say three\n").await.code(0);
    let said = chat.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said, "one two three", "{chat:#?}");
    // A question is asked again until it is answered with a number that there is.
    let typed = "@shell echo made > made; cat made\nperhaps\n9\n2\n";
    let asked = gaggle(&mut world, &["chat", "talks", "--mode", "approve"], typed).await.code(0);
    assert_eq!(asked.out.matches("answer with a number: ").count(), 3, "{asked:#?}");
    asked.says("2 allow_once").says("| made");
    assert!(world.workspace(&project).join("made").exists());
    let unanswered = gaggle(&mut world, &["chat", "talks"], "@shell echo never > never\n").await.code(1);
    unanswered.says("still waits for an answer");

    // The one that waits, by hand.
    let waiting = gaggle(&mut world, &["approve", "talks", "--list", "--json"], "").await.code(0).json();
    assert_eq!(waiting["state"], "pending");
    gaggle(&mut world, &["approve", "talks", "--option", "perhaps"], "").await.code(1);
    let reject = ["approve", "talks", "--reject", "--comment", "not so", "--json"];
    let answered = gaggle(&mut world, &reject, "").await.code(0).json();
    assert_eq!((&answered["id"], &answered["comment"]), (&waiting["id"], &"not so".into()));
    gaggle(&mut world, &["approve", "talks"], "").await.code(4).says("no approval waits");
    project.ended(waiting["turnId"].as_str().unwrap()).await;
    assert!(!world.workspace(&project).join("never").exists());

    let log = gaggle(&mut world, &["logs", "talks"], "").await.code(0);
    assert!(log.out.lines().count() > 1, "{log:#?}");
    let last = gaggle(&mut world, &["logs", "talks", "-n", "1"], "").await.code(0);
    assert_eq!(last.out.lines().count(), 1, "{last:#?}");
    let events = gaggle(&mut world, &["events", "talks", "--types", "turn.ended"], "").await.code(0);
    let ends: Vec<Value> = events.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(ends.len() >= 4, "{events:#?}");
    assert!(ends.iter().all(|event| event["type"] == "turn.ended"), "{events:#?}");
    let third = ends[2]["seq"].to_string();
    let after = ["events", "talks", "--types", "turn.ended", "--after", &third];
    let rest = gaggle(&mut world, &after, "").await.code(0);
    assert_eq!(serde_json::from_str::<Value>(rest.out.lines().next().unwrap()).unwrap(), ends[3]);

    gaggle(&mut world, &["sleep", "talks"], "").await.code(0).says("inactive");
    let awake = gaggle(&mut world, &["wake", "talks", "--json"], "").await.code(0).json();
    assert_eq!((&awake["phase"], &awake["id"]), (&"active".into(), &made["id"]));
    gaggle(&mut world, &["wake", "talks"], "").await.code(0).says("active");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_gets_json_and_an_exit_code_for_each_case() {
    let mut world = World::new().await;
    let made = gaggle(&mut world, &["new", "runs", "--mode", "auto"], "").await.code(0);
    let listed = gaggle(&mut world, &["projects", "--json"], "").await.code(0).json();
    assert_eq!(listed["id"], made.out.trim());
    let project = Project::new(world.api.clone(), listed["id"].as_str().unwrap());
    let turn = gaggle(&mut world, &["send", "runs", "@say as json", "--json"], "").await.code(0).json();
    assert_eq!((&turn["stopReason"], turn["text"].as_str().unwrap().trim()), (&"end_turn".into(), "as json"));
    gaggle(&mut world, &["send", "runs", "-"], "@say from a pipe").await.code(0).says("from a pipe");
    let detached = ["send", "runs", "@shell echo b > b\n@say ok", "--detach", "--mode", "approve"];
    let id = gaggle(&mut world, &detached, "").await.code(0).out;
    let asked = |body: &EventBody| matches!(body, EventBody::PermissionRequested { .. }).then_some(());
    project.reader().until("the question", asked).await;
    gaggle(&mut world, &["approve", "runs"], "").await.code(0).says("allow_once");
    assert_eq!(project.ended(id.trim()).await["stopReason"], "end_turn");

    // 1 (refused) stands in the other tests. 2: wrong usage.
    gaggle(&mut world, &["chat"], "").await.code(2).says("Usage");
    gaggle(&mut world, &["send", "runs", "x", "--mode", "wild"], "").await.code(2);
    gaggle(&mut world, &["send", "runs", "-"], "  ").await.code(2).says("standard input is empty");
    gaggle(&mut world, &["rm", "runs"], "").await.code(2).says("--yes");
    gaggle(&mut world, &["projects", "--server", "ftp://x"], "").await.code(2).says("http://");
    // 3: nobody there.
    let nobody = ["projects", "--server", "http://127.0.0.1:1", "--json"];
    gaggle(&mut world, &nobody, "").await.code(3).says("no server answers at http://127.0.0.1:1");
    // 4: not found.
    for args in [["send", "nothing", "hi"], ["approve", "runs", "a1"], ["projects", "--user", "mallory"]] {
        gaggle(&mut world, &args, "").await.code(4);
    }
    gaggle(&mut world, &["manifests", "runs"], "").await.code(4).says("not_supported_by_runtime");
    for command in ["chat", "logs", "events", "wake", "sleep"] {
        gaggle(&mut world, &[command, "nothing"], "").await.code(4).says("project_not_found");
    }
    // 5: a conflict.
    gaggle(&mut world, &["new", "runs", "--json"], "").await.code(5).says("project_name_taken");
    // 6: the turn failed.
    for more in [None, Some("--json")] {
        let args: Vec<&str> = ["send", "runs", "@error 401"].into_iter().chain(more).collect();
        gaggle(&mut world, &args, "").await.code(6).says("the model could not answer");
    }
    gaggle(&mut world, &["chat", "runs"], "@error 401\n").await.code(6);
    let receipt = gaggle(&mut world, &["rm", "runs", "--yes", "--json"], "").await.code(0).json();
    assert_eq!(receipt["projectId"], project.id.as_str());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_says_what_is_there_and_what_to_do() {
    let mut world = World::new().await;
    let goose = gaggle_testkit::goose::binary().unwrap_or_else(|why| panic!("{why}"));
    let (goose, fresh) = (goose.to_str().unwrap().to_owned(), world.folder().join("fresh"));
    let doctor = |goose: &str, data: &std::path::Path, listen: &str| {
        ["doctor", "--goose", goose, "--data-dir", data.to_str().unwrap(), "--listen", listen]
            .map(str::to_owned)
    };
    let run = async |world: &mut World, args: [String; 7]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        gaggle(world, &args, "").await
    };
    let good = run(&mut world, doctor(&goose, &fresh, "127.0.0.1:0")).await.code(0);
    for about in ["Goose", "model", "port", "store"] {
        let line = good.out.lines().find(|line| line.split_whitespace().nth(1) == Some(about));
        assert!(
            line.is_some_and(|line| line.starts_with("ok") || line.starts_with("--")),
            "{about}: {good:#?}"
        );
    }
    let missing = run(&mut world, doctor("/nowhere/goose", &fresh, "127.0.0.1:0")).await.code(1);
    missing.says("BAD  Goose").says("GAGGLE_GOOSE_BIN").says("one thing needs care");
    // Beside the server that runs here, which has its port and its data: that is as it should be.
    let (taken, data) = (world.server().address.to_string(), world.data());
    let beside = run(&mut world, doctor(&goose, &data, &taken)).await.code(0);
    beside.says(&format!("a Gaggle runs at {taken}")).says("has it, and can use it");
    // Of data that another server has it is said.
    let both = run(&mut world, doctor(&goose, &data, "127.0.0.1:0")).await.code(1);
    both.says("BAD  store").says("one thing needs care");
    let wrong = run(&mut world, doctor(&goose, &fresh, "nonsense")).await.code(2);
    wrong.says("GAGGLE_LISTEN").says("nonsense");
    world.end().await;
}
