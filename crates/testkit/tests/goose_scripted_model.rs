//! The real Goose does what the scripted model says.

use gaggle_testkit::goose;
use gaggle_testkit::model::ScriptedModel;
use std::process::Stdio;
use tokio::process::Command;

#[tokio::test]
async fn goose_runs_each_step_of_a_script_once() {
    let model = ScriptedModel::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut goose = Command::new(goose::binary().unwrap());
    goose
        .args(["run", "--with-builtin", "developer", "--text"])
        .arg("@shell echo one >> ran.txt ;; echo two >> ran.txt\n@words 5 delay=1")
        .env_clear()
        .envs(model.env())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.path())
        .env("GOOSE_PATH_ROOT", folder.path().join("root"))
        .env("GOOSE_DISABLE_KEYRING", "1")
        .env("GOOSE_TELEMETRY_ENABLED", "false")
        .env("GOOSE_MODE", "auto")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = goose.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("w1 w2 w3 w4 w5"), "{said}");
    let mut ran: Vec<_> =
        std::fs::read_to_string(folder.path().join("ran.txt")).unwrap().lines().map(str::to_owned).collect();
    ran.sort();
    assert_eq!(ran, ["one", "two"]);
}
