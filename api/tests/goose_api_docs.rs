//! What `docs/API.md` shows is run against a real server with the real Goose.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// The shell blocks of the page, in their order.
fn script() -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/API.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.collect()
}

/// A server, with its standard output held open.
struct Server {
    process: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts one on a free port; its address.
    fn start(data: &Path, goose: &Path) -> (Self, String) {
        let mut server = Command::new(env!("CARGO_BIN_EXE_gaggle"));
        server.args(["--listen", "127.0.0.1:0", "--data-dir"]).arg(data).arg("--goose").arg(goose);
        // The demo model answers, whatever keys there are here; and no file of variables is read.
        server
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", data)
            .current_dir(data);
        let mut process = server.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready =
            lines.by_ref().map_while(Result::ok).find_map(|l| Some(l.split_once("ready at ")?.1.to_owned()));
        (Self { process, _output: lines }, ready.expect("the server says where it is"))
    }

    /// Ctrl-C: it ends its agents too.
    fn end(mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            Command::new("kill").args(["-INT", &self.process.id().to_string()]).status().ok();
            self.process.wait().ok();
        }
    }
}

#[test]
fn the_page_does_what_it_shows() {
    let goose = gaggle_testkit::goose::binary().unwrap_or_else(|why| panic!("{why}"));
    let folder = tempfile::tempdir().unwrap();
    let (server, address) = Server::start(folder.path(), &goose);
    let gaggle = Path::new(env!("CARGO_BIN_EXE_gaggle")).parent().unwrap();
    let path = format!("{}:{}", gaggle.display(), std::env::var("PATH").unwrap_or_default());
    // A failing first half of a pipe counts too.
    let mut shell = Command::new("bash");
    let ran = shell
        .args(["-euxo", "pipefail", "-c", &script()])
        .env("PATH", path)
        .env("GAGGLE", address)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = format!("{}\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "docs/API.md: {}\n{told}", ran.status);
    server.end();
}
