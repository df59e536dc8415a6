//! Compiling the workspace's tests into programs, and knowing what each of them needs.

use crate::workspace::{self, Member, Target};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What a test says that needs Goose: the variable, or the test kit's function that reads it.
const ASKS_FOR_GOOSE: &[&str] = &["GAGGLE_GOOSE_BIN", "goose::binary"];

/// What a test says that needs a Kubernetes: the variable with its kubeconfig, or with where its node runs.
const ASKS_FOR_CLUSTER: &[&str] = &["GAGGLE_TEST_KUBECONFIG", "GAGGLE_TEST_NODE_RUN"];

/// What a test says that starts and removes nodes by itself, where a machine can have but one.
const ASKS_FOR_PLACE: &[&str] = &["GAGGLE_TEST_NODE_PLACE"];

/// What a test says that needs a server that speaks MongoDB's protocol.
const ASKS_FOR_MONGODB: &[&str] = &["gaggle_testkit::mongo", "mongo::MongoServer"];

/// What a program's tests need beside themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing.
    Nothing,
    /// Goose on this machine.
    Goose,
    /// A MongoDB; Goose may be needed too.
    Mongodb,
    /// A cluster with our images; Goose may be needed too.
    Cluster,
    /// The place of a native node, and that none runs.
    Place,
}

/// Tests compiled into a program.
#[derive(Debug)]
pub(crate) struct Program {
    /// `gaggle_core`, or `gaggle_relay::it` for integration tests: the front of its tests' names.
    pub(crate) name: String,
    /// Where tests expect to be: their crate's folder.
    pub(crate) folder: PathBuf,
    /// What to run; `None` if it did not compile.
    pub(crate) file: Option<PathBuf>,
    /// What its source asks for, if it is an integration test.
    pub(crate) needs: Needs,
    /// The scripted agent, which is built along with the test kit's own tests.
    pub(crate) agent: Option<PathBuf>,
}

/// Compiles all tests but those of `without`, as far as they compile.
pub(crate) fn build(without: &str) -> Result<Vec<Program>> {
    let mut cargo = workspace::cargo()?;
    cargo.args(["build", "--workspace", "--exclude", without, "--tests", "--keep-going"]);
    cargo.arg("--message-format=json-render-diagnostics").stdin(Stdio::null()).stderr(Stdio::inherit());
    // What did not compile shows as a program without a file, so that the rest is tested all the same.
    let messages =
        String::from_utf8_lossy(&cargo.output().context("cannot start cargo")?.stdout).into_owned();
    let built: Vec<Value> = messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut programs = Vec::new();
    for member in workspace::members()?.iter().filter(|member| member.name != without) {
        for target in member.targets.iter().filter(|target| target.tested) {
            programs.push(program(member, target, &built)?);
        }
    }
    Ok(programs)
}

fn program(member: &Member, target: &Target, built: &[Value]) -> Result<Program> {
    let is_it = |message: &&Value| {
        message["reason"] == "compiler-artifact"
            && message["profile"]["test"] == true
            && message["target"]["src_path"].as_str().map(Path::new) == Some(&target.source)
            && message["target"]["kind"][0] == *target.kind
            && message["target"]["name"] == *target.name
    };
    let is_agent = |message: &&Value| {
        message["target"]["name"] == "scripted-agent" && message["profile"]["test"] == false
    };
    let artifact = built.iter().find(is_it);
    let integration = target.kind == "test";
    let krate = member.name.replace('-', "_");
    Ok(Program {
        name: if integration { format!("{krate}::{}", target.name) } else { krate },
        folder: member.manifest.parent().context("a manifest without a folder")?.to_path_buf(),
        file: artifact.and_then(|message| message["executable"].as_str()).map(PathBuf::from),
        needs: if integration { needs(&target.source)? } else { Needs::Nothing },
        agent: built
            .iter()
            .find(is_agent)
            .and_then(|message| message["executable"].as_str())
            .map(PathBuf::from),
    })
}

/// Reads the test's own file; for `tests/NAME/main.rs` everything beside it too.
fn needs(source: &Path) -> Result<Needs> {
    let folder = source.parent().filter(|folder| folder.file_name().is_some_and(|name| name != "tests"));
    let all = folder.unwrap_or(source);
    Ok(if any_says(all, ASKS_FOR_PLACE)? {
        Needs::Place
    } else if any_says(all, ASKS_FOR_CLUSTER)? {
        Needs::Cluster
    } else if any_says(all, ASKS_FOR_MONGODB)? {
        Needs::Mongodb
    } else if any_says(all, ASKS_FOR_GOOSE)? {
        Needs::Goose
    } else {
        Needs::Nothing
    })
}

fn any_says(path: &Path, words: &[&str]) -> Result<bool> {
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?;
        return entries.try_fold(false, |found, entry| Ok(found || any_says(&entry?.path(), words)?));
    }
    let is_code = path.extension().is_some_and(|extension| extension == "rs");
    Ok(is_code && fs::read_to_string(path).is_ok_and(|text| words.iter().any(|word| text.contains(word))))
}
