use crate::stub::{
    EXECUTING, FAILING, GOOD, MESSY, STUBBORN, Steps, World, changed, environ, marked, mode, project,
};
use gaggle_core::port::{Runtime as _, RuntimeError, Workload};
use gaggle_runtime_local::LocalRuntime;
use gaggle_shared::{Code, Step, StepState};
use std::time::Duration;

const GRACE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_start_makes_private_folders_and_a_relay_with_nothing_but_what_it_is_given() {
    let world = World::new(GOOD);
    let pid = world.started("token").await;
    let place = world.place();
    for dir in ["workspace", "agent", "relay", "logs", ""] {
        assert_eq!(mode(&place.join(dir)), 0o700, "{dir}");
    }
    assert_eq!(mode(&place.join("launch.json")), 0o600);
    let launch: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.join("launch.json")).unwrap()).unwrap();
    assert_eq!((&launch["token"], &launch["mode"]), (&"token".into(), &"smart_approve".into()));
    assert_eq!((&launch["env"]["KEY"], &launch["env"]["GAGGLE_PROJECT"]), (&"secret".into(), &"p1".into()));
    let names: Vec<String> =
        environ(pid).iter().filter_map(|e| Some(e.split_once('=')?.0.to_owned())).collect();
    assert_eq!(names, ["GAGGLE_INSTANCE", "GAGGLE_LAUNCH", "GAGGLE_PROJECT", "PATH"]);
    // A session of its own: the terminal's end and Ctrl-C do not reach it.
    let id = rustix::process::Pid::from_raw(pid).unwrap();
    assert_eq!(rustix::process::getsid(Some(id)).unwrap(), id);
    assert_eq!(world.observed().await, Workload::Running);
}

#[tokio::test]
async fn a_relay_runs_from_its_start_whatever_it_executes() {
    let world = World::new(EXECUTING);
    world.runtime.start(&world.spec("token"), &Steps::default()).await.unwrap();
    let log = world.place().join("logs/agent.log");
    let mut looks = 0;
    // In the middle of an `exec` a process has no environment, by which it is known else.
    while !std::fs::read_to_string(&log).is_ok_and(|text| text.contains("started")) {
        assert_eq!(world.observed().await, Workload::Running, "look {looks}");
        looks += 1;
    }
    assert!(looks > 100, "{looks}");
}

#[tokio::test]
async fn a_second_start_of_the_same_launch_leaves_the_relay_alone() {
    let world = World::new(GOOD);
    let pid = world.started("token").await;
    let steps = Steps::default();
    world.runtime.start(&world.spec("token"), &steps).await.unwrap();
    assert_eq!(world.pid(), pid);
    let expected = [
        (Step::Workspace, StepState::Started),
        (Step::Workspace, StepState::Done),
        (Step::Process, StepState::Started),
        (Step::Process, StepState::Done),
    ];
    assert_eq!(*steps.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn many_starts_at_once_make_one_relay() {
    let world = World::new(GOOD);
    let (spec, steps) = (world.spec("token"), Steps::default());
    let starts = (0..20).map(|_| world.runtime.start(&spec, &steps));
    for start in futures_util::future::join_all(starts).await {
        start.unwrap();
    }
    let pid = world.started("token").await;
    let log = std::fs::read_to_string(world.place().join("logs/agent.log")).unwrap();
    assert_eq!(log, format!("started {pid}\n"));
}

#[tokio::test]
async fn a_start_with_a_new_token_ends_the_older_relay_first() {
    let world = World::new(MESSY);
    let older = world.started("older").await;
    let newer = world.started("newer").await;
    assert_ne!(older, newer);
    assert_eq!(environ(older), Vec::<String>::new());
    // The relay, and what it has started: nothing of the older one.
    assert_eq!(marked(world.config.instance.as_str()).len(), 2);
}

#[tokio::test]
async fn a_stop_ends_everything_also_what_does_not_want_to() {
    for script in [GOOD, MESSY, STUBBORN] {
        let world = World::new(script);
        world.started("token").await;
        let grace = if script == STUBBORN { Duration::from_millis(100) } else { GRACE };
        world.runtime.stop(&project(), grace).await.unwrap();
        assert_eq!(marked(world.config.instance.as_str()), Vec::<i32>::new(), "{script}");
        assert_eq!(world.observed().await, Workload::Absent);
        assert!(world.place().join("workspace").is_dir());
        world.runtime.stop(&project(), grace).await.unwrap();
    }
}

#[tokio::test]
async fn a_relay_that_cannot_start_is_broken_and_says_why() {
    let world = World::new(FAILING);
    let mut changes = world.runtime.changes();
    world.runtime.start(&world.spec("token"), &Steps::default()).await.unwrap();
    changed(&mut changes).await;
    let Workload::Broken(cause) = world.observed().await else { panic!("not broken") };
    assert!(cause.detail.as_ref().unwrap().contains("cannot use the folder"), "{cause:?}");
    world.runtime.stop(&project(), GRACE).await.unwrap();
    assert_eq!(world.observed().await, Workload::Absent);
}

#[tokio::test]
async fn without_goose_it_says_how_to_get_one() {
    let mut world = World::new(GOOD);
    world.config.goose = Err("no `goose` on the PATH".into());
    let runtime = LocalRuntime::new(world.config.clone());
    for error in [
        runtime.start(&world.spec("token"), &Steps::default()).await.unwrap_err(),
        runtime.check().await.unwrap_err(),
    ] {
        let RuntimeError::Cause(cause) = error else { panic!("{error}") };
        assert_eq!(cause.code, Code::GooseNotFound);
        let hint = cause.hint.unwrap();
        assert!(
            hint.contains("npm install -g @aaif/goose-binary-") && hint.contains("GAGGLE_GOOSE_BIN"),
            "{hint}"
        );
    }
    assert!(!world.place().exists());
    assert!(world.runtime.check().await.is_ok());
}
