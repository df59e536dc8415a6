//! The scripted model as a program: prints its address on the first line and serves until it is ended.

use gaggle_testkit::model::ScriptedModel;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listen = match std::env::args().nth(1) {
        Some(text) => text.parse().map_err(|_| io::Error::other(format!("not an address: {text}")))?,
        None => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
    };
    let model = ScriptedModel::start_on(listen).await?;
    println!("{}", model.url());
    model.forever().await
}
