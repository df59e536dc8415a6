use crate::config::HttpConfig;
use std::{io, net::SocketAddr};
use thiserror::Error;
use tokio::net::TcpListener;

/// How many ports after the default one are tried.
const TRIES: u16 = 100;

/// Why the server cannot listen.
#[derive(Debug, Error)]
#[error("cannot listen on {address}: {cause}; set GAGGLE_LISTEN to another address")]
pub struct ListenError {
    address: SocketAddr,
    cause: io::Error,
}

/// Listens where it was asked to; if it was not asked, on the next free port.
///
/// # Errors
/// When the address is taken or not ours.
pub async fn bind(config: &HttpConfig) -> Result<TcpListener, ListenError> {
    let mut address = config.listen;
    let last = if config.asked { address.port() } else { address.port().saturating_add(TRIES) };
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && address.port() < last => {
                address.set_port(address.port() + 1);
            }
            Err(cause) => return Err(ListenError { address, cause }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Vars};

    fn config(listen: SocketAddr, asked: bool) -> HttpConfig {
        let http = Config::read(Vars::from([("HOME", "/h")])).unwrap().http;
        HttpConfig { listen, asked, ..http }
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error_only_if_it_was_asked_for() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap();
        let error = bind(&config(address, true)).await.unwrap_err().to_string();
        assert!(error.contains(&address.to_string()) && error.contains("GAGGLE_LISTEN"), "{error}");
        let next = bind(&config(address, false)).await.unwrap().local_addr().unwrap();
        assert!(next.port() > address.port());
    }
}
