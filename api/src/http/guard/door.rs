use super::super::{App, problem::ApiError};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gaggle_shared::Code;
use std::net::IpAddr;

/// Which `Host` and `Origin` are ours. A page of another site, also one whose name was bent to our address (DNS
/// rebinding), is neither; nor is one that another program serves at another port of this machine, as an agent may.
#[derive(Debug, Clone)]
pub struct Door {
    /// Loopback names are ours: the server listens there.
    loopback: bool,
    /// Plain addresses are ours: the server listens beyond loopback and was not told its name. A rebinding
    /// attack needs a name, so they are safe.
    addresses: bool,
    /// The address people use.
    public: Option<Public>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Public {
    origin: String,
    host: String,
}

impl Door {
    /// A door for a server that listens on `listen` and is known as `public`.
    pub fn new(listen: IpAddr, public: Option<&Uri>) -> Self {
        let public = public.and_then(|uri| {
            let host = uri.authority()?.as_str().to_ascii_lowercase();
            let scheme = uri.scheme_str()?;
            Some(Public { origin: format!("{scheme}://{}", at(scheme, &host)), host })
        });
        let loopback = listen.is_loopback() || listen.is_unspecified();
        Self { loopback, addresses: !listen.is_loopback() && public.is_none(), public }
    }

    fn knows(&self, authority: &str) -> bool {
        let authority = authority.to_ascii_lowercase();
        if self.public.as_ref().is_some_and(|public| same(&public.host, &authority)) {
            return true;
        }
        let Ok(parsed) = authority.parse::<Authority>() else { return false };
        let host = parsed.host().trim_start_matches('[').trim_end_matches(']');
        let address: Option<IpAddr> = host.parse().ok();
        let near =
            host == "localhost" || host.ends_with(".localhost") || address.is_some_and(|ip| ip.is_loopback());
        (self.loopback && near) || (self.addresses && address.is_some())
    }

    /// The answer to what does not come from our own page, from a program, or under our own name.
    pub fn turn_away(&self, request: &Request) -> Option<Response> {
        let why = self.refuses(request.headers(), request.uri())?;
        let error = ApiError::new(Code::Forbidden, why);
        Some(error.hint("GAGGLE_PUBLIC_URL names the address that people use").into_response())
    }

    /// What is wrong with these headers.
    fn refuses(&self, headers: &HeaderMap, uri: &Uri) -> Option<&'static str> {
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let host = host.or_else(|| uri.authority().map(Authority::as_str));
        let Some(host) = host.filter(|host| self.knows(host)) else {
            return Some("the Host header names another server");
        };
        let origin = headers.get(header::ORIGIN)?;
        let origin = origin.to_str().unwrap_or_default().to_ascii_lowercase();
        let ours = match (&self.public, origin.split_once("://")) {
            (Some(public), _) if origin == public.origin => true,
            (_, Some((scheme @ ("http" | "https"), authority))) => {
                // Our page is at the very address that it asks; but the public name under another scheme is another site.
                at(scheme, &host.to_ascii_lowercase()) == authority
                    && !self.public.as_ref().is_some_and(|public| same(&public.host, authority))
            }
            _ => false,
        };
        (!ours).then_some("the request comes from a page of another site")
    }
}

/// The authority without the port that goes without saying, as an origin has it.
fn at<'a>(scheme: &str, authority: &'a str) -> &'a str {
    let port = if scheme == "https" { ":443" } else { ":80" };
    authority.strip_suffix(port).unwrap_or(authority)
}

/// Equal but for a default port.
fn same(ours: &str, theirs: &str) -> bool {
    let bare = |text: &str| text.trim_end_matches(":80").trim_end_matches(":443").to_owned();
    ours == theirs || bare(ours) == bare(theirs)
}

/// Turns away what does not come from our own page, from a program, or under our own name.
pub async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    match app.door.turn_away(&request) {
        None => next.run(request).await,
        Some(answer) => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(door: &Door, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        door.refuses(&headers, &Uri::from_static("/api/users")).is_some()
    }

    #[test]
    fn on_loopback_only_loopback_names_pass() {
        let door = Door::new("127.0.0.1".parse().unwrap(), None);
        for host in
            ["127.0.0.1:3000", "localhost", "LOCALHOST:1", "[::1]:3000", "gaggle.localhost:80", "127.9.9.9"]
        {
            assert!(!refused(&door, host, None), "{host}");
            let own = format!("http://{}", host.trim_end_matches(":80"));
            assert!(!refused(&door, host, Some(&own)), "{host}");
            assert!(refused(&door, host, Some("http://localhost:38081")), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:3000",
            "127.0.0.1.evil.example",
            "10.0.0.1:3000",
            "",
            "localhost@evil",
        ] {
            assert!(refused(&door, host, None), "{host}");
        }
        for origin in ["http://evil.example", "null", "file://", "http://localhost.evil.example", "localhost"]
        {
            assert!(refused(&door, "localhost:3000", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn a_public_address_is_ours_with_its_own_scheme() {
        let public = Uri::from_static("https://gaggle.example.org");
        let door = Door::new("0.0.0.0".parse().unwrap(), Some(&public));
        assert!(!refused(&door, "gaggle.example.org", Some("https://gaggle.example.org")));
        assert!(!refused(&door, "gaggle.example.org:443", None));
        assert!(refused(&door, "gaggle.example.org", Some("http://gaggle.example.org")));
        assert!(refused(&door, "10.0.0.1:3000", None));
        assert!(!refused(&door, "localhost:3000", None));
        // Beside it, who sits at the machine may use its own address.
        assert!(!refused(&door, "localhost:3000", Some("http://localhost:3000")));
        assert!(refused(&door, "gaggle.example.org", Some("http://localhost:3000")));
    }

    #[test]
    fn a_public_address_may_name_its_default_port() {
        let public = Uri::from_static("https://gaggle.example.org:443");
        let door = Door::new("0.0.0.0".parse().unwrap(), Some(&public));
        assert!(!refused(&door, "gaggle.example.org", Some("https://gaggle.example.org")));
        assert!(refused(&door, "gaggle.example.org", Some("http://gaggle.example.org")));
    }

    #[test]
    fn a_proxy_of_development_is_named_as_what_people_use() {
        let door = Door::new("127.0.0.1".parse().unwrap(), Some(&Uri::from_static("http://127.0.0.1:3001")));
        assert!(!refused(&door, "127.0.0.1:3000", Some("http://127.0.0.1:3001")));
        assert!(!refused(&door, "127.0.0.1:3000", Some("http://127.0.0.1:3000")));
        assert!(refused(&door, "127.0.0.1:3000", Some("http://127.0.0.1:8080")));
    }

    #[test]
    fn beyond_loopback_without_a_name_plain_addresses_pass() {
        let door = Door::new("0.0.0.0".parse().unwrap(), None);
        assert!(!refused(&door, "192.168.1.5:3000", Some("http://192.168.1.5:3000")));
        assert!(refused(&door, "evil.example", None));
    }
}
