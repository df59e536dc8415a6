//! The scripted agent as a program, in the place of Goose: `serve --host HOST --port PORT …`.

use gaggle_testkit::agent::{Config, INITIALIZE, Initialize, serve};
use std::env;
use std::io::{Error, Result};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (host, port) = (option("--host")?, option("--port")?);
    let variable = |name: &str| env::var(name).map_err(|_| Error::other(format!("{name} is not set")));
    let initialize = match env::var(INITIALIZE).as_deref() {
        Ok("hang") => Initialize::Hang,
        Ok("refuse") => Initialize::Refuse,
        _ => Initialize::Answer,
    };
    let config = Config {
        key: variable("GOOSE_SERVER__SECRET_KEY")?,
        root: variable("GOOSE_PATH_ROOT")?.into(),
        initialize,
    };
    serve(TcpListener::bind(format!("{host}:{port}")).await?, config).await
}

/// The value of an option, as Goose is given it.
fn option(name: &str) -> Result<String> {
    let mut rest = env::args().skip_while(|argument| argument != name).skip(1);
    rest.next().ok_or_else(|| Error::other(format!("{name} is missing")))
}
