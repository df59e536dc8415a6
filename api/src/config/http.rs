use super::{ConfigError, Vars};
use axum::http::Uri;
use gaggle_core::service::Reach;
use gaggle_shared::Span;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

/// Where the server listens and what it takes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpConfig {
    /// `GAGGLE_LISTEN`
    pub listen: SocketAddr,
    /// Whether it was asked for: if not, the next free port will do.
    pub asked: bool,
    /// `GAGGLE_PUBLIC_URL`: the address people use.
    pub public_url: Option<Uri>,
    /// `GAGGLE_MAX_BODY`: bytes of a request's body.
    pub max_body: usize,
    /// `GAGGLE_MAX_CONNECTIONS`: connections at once; further ones wait.
    pub max_connections: usize,
    /// `GAGGLE_RATE_LIMIT`: writes a second and address; 0: no limit.
    pub rate_limit: u32,
    /// `GAGGLE_DRAIN_TIMEOUT`: how long waiting requests may still be answered at SIGTERM.
    pub drain: Duration,
}

impl HttpConfig {
    pub(super) fn read(vars: &Vars) -> Result<Self, ConfigError> {
        let asked = vars.read("GAGGLE_LISTEN", "ADDRESS:PORT, such as 127.0.0.1:3000", address)?;
        let listen = asked.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000));
        if !listen.ip().is_loopback() && !vars.flag("GAGGLE_INSECURE_NO_AUTH")? {
            let rule = "nobody can sign in yet, so that whoever reaches this address may do anything; \
                        use a loopback address, or set GAGGLE_INSECURE_NO_AUTH=true";
            return Err(vars.error("GAGGLE_LISTEN", rule));
        }
        Ok(Self {
            listen,
            asked: asked.is_some(),
            public_url: vars.read("GAGGLE_PUBLIC_URL", "http(s)://HOST[:PORT], without a path", public)?,
            max_body: vars
                .read("GAGGLE_MAX_BODY", "bytes, 1024 to 104857600", |text| within(text, 1024, 104_857_600))?
                .unwrap_or(1024 * 1024),
            max_connections: vars
                .read("GAGGLE_MAX_CONNECTIONS", "16 to 100000", |text| within(text, 16, 100_000))?
                .unwrap_or(4096),
            rate_limit: vars
                .read("GAGGLE_RATE_LIMIT", "writes a second and address, 0 (none) to 100000", |text| {
                    within(text, 0, 100_000).map(|n| n as u32)
                })?
                .unwrap_or(if listen.ip().is_loopback() { 0 } else { 50 }),
            drain: vars.span("GAGGLE_DRAIN_TIMEOUT", Span::from_secs(30), true)?.duration(),
        })
    }

    /// From where the API can be reached, as far as this says.
    pub fn reach(&self) -> Reach {
        let near = |host: &str| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        };
        match self.public_url.as_ref().and_then(Uri::host) {
            Some(host) if !near(host) => Reach::Public,
            _ if self.listen.ip().is_loopback() => Reach::Computer,
            _ => Reach::Network,
        }
    }
}

pub(super) fn within(text: &str, least: usize, most: usize) -> Option<usize> {
    text.parse().ok().filter(|n| (least..=most).contains(n))
}

/// `ADDRESS:PORT`, `localhost:PORT`, or a port of loopback alone.
pub(super) fn address(text: &str) -> Option<SocketAddr> {
    if let Ok(port) = text.strip_prefix("localhost:").unwrap_or(text).parse::<u16>() {
        return Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse().ok()
}

fn public(text: &str) -> Option<Uri> {
    let uri: Uri = text.trim_end_matches('/').parse().ok()?;
    let scheme = uri.scheme_str()?;
    let plain = matches!(scheme, "http" | "https") && uri.path() == "/" && uri.query().is_none();
    let authority = uri.authority()?.as_str();
    (plain && !authority.is_empty() && !authority.contains('@')).then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |text| {
            HttpConfig::read(&Vars::from([("GAGGLE_LISTEN", text)])).map(|http| http.listen.to_string())
        };
        assert_eq!(read("127.0.0.1:0").unwrap(), "127.0.0.1:0");
        assert_eq!(read("localhost:8080").unwrap(), "127.0.0.1:8080");
        assert_eq!(read("8080").unwrap(), "127.0.0.1:8080");
        assert_eq!(read("[::1]:80").unwrap(), "[::1]:80");
        for bad in ["nonsense", "127.0.0.1", "1.2.3.4:99999", "example.org:80"] {
            let error = read(bad).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("GAGGLE_LISTEN={bad} (from the environment): ADDRESS:PORT")),
                "{error}"
            );
        }
    }

    #[test]
    fn beyond_loopback_only_when_told() {
        let open = ("GAGGLE_LISTEN", "0.0.0.0:3000");
        assert!(
            HttpConfig::read(&Vars::from([open]))
                .unwrap_err()
                .to_string()
                .contains("GAGGLE_INSECURE_NO_AUTH")
        );
        assert!(HttpConfig::read(&Vars::from([open, ("GAGGLE_INSECURE_NO_AUTH", "true")])).is_ok());
        assert!(HttpConfig::read(&Vars::from([open, ("GAGGLE_INSECURE_NO_AUTH", "maybe")])).is_err());
    }

    #[test]
    fn what_is_asked_for_says_from_where_the_api_is_reached() {
        let at = |listen, public| {
            let open = ("GAGGLE_INSECURE_NO_AUTH", "true");
            let vars = Vars::from([("GAGGLE_LISTEN", listen), ("GAGGLE_PUBLIC_URL", public), open]);
            HttpConfig::read(&vars).unwrap().reach()
        };
        assert_eq!(at("127.0.0.1:0", "http://[::1]:80"), Reach::Computer);
        assert_eq!(at("0.0.0.0:3000", "http://localhost:3000"), Reach::Network);
        assert_eq!(at("127.0.0.1:0", "https://gaggle.example.org"), Reach::Public);
        let alone = HttpConfig::read(&Vars::from([("GAGGLE_LISTEN", "127.0.0.1:0")])).unwrap();
        assert_eq!(alone.reach(), Reach::Computer);
    }

    #[test]
    fn public_addresses_have_no_path() {
        let read = |text| HttpConfig::read(&Vars::from([("GAGGLE_PUBLIC_URL", text)]));
        assert!(read("https://gaggle.example.org").is_ok() && read("http://box:3000/").is_ok());
        for bad in ["gaggle.example.org", "https://a/b", "ftp://a", "https://u:p@a", "https://"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
