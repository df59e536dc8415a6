use base64::{Engine as _, engine::general_purpose::STANDARD};
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use std::{fmt, path::PathBuf, time::Duration};
use thiserror::Error;

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(4);

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// Where the way to the cluster and the right to use it come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// `KUBE_CONFIG_BASE64`, decoded: a kubeconfig.
    Inline(Secret),
    /// `KUBE_HOST`, `KUBE_TOKEN` and `KUBE_CA`.
    Token {
        /// Such as `https://10.0.0.1:6443`.
        host: String,
        /// A bearer token.
        token: Secret,
        /// The API server's authority, PEM; none: the system's.
        ca: Option<String>,
    },
    /// The service account of our own pod.
    InCluster,
    /// Kubeconfig files, merged (`KUBECONFIG`); read anew whenever a connection is made.
    Files(Vec<PathBuf>),
    /// What was given cannot be used: every call says why.
    Broken {
        /// In words that hold no secret.
        why: String,
    },
}

/// Credentials that cannot be used, in words that hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct BadCredentials(String);

impl Credentials {
    /// Credentials that cannot be used, for this reason.
    pub fn broken(why: impl Into<String>) -> Self {
        Self::Broken { why: why.into() }
    }

    /// The decoded `KUBE_CONFIG_BASE64`: base64, line breaks allowed, of a kubeconfig.
    ///
    /// # Errors
    /// What is no base64 of text. Whether it is a kubeconfig shows when a connection is made.
    pub fn inline(base64: &str) -> Result<Self, BadCredentials> {
        decode(base64).map(|text| Self::Inline(Secret::new(text)))
    }

    /// `KUBE_CA`: PEM, or base64 of PEM.
    ///
    /// # Errors
    /// Anything else.
    pub fn authority(text: &str) -> Result<String, BadCredentials> {
        let pem = if text.contains("-----BEGIN") { text.replace("\\n", "\n") } else { decode(text)? };
        match pem.contains("-----BEGIN CERTIFICATE-----") {
            true => Ok(pem),
            false => Err(BadCredentials("holds no certificate".to_owned())),
        }
    }

    /// What kube connects with: with short waits and without retries of its own, which may take minutes.
    pub(super) async fn config(&self) -> Result<kube::Config, BadCredentials> {
        let options = KubeConfigOptions::default();
        let bad = |error: &dyn fmt::Display| BadCredentials(error.to_string());
        let mut config = match self {
            Self::Inline(text) => {
                let kubeconfig = Kubeconfig::from_yaml(text.reveal()).map_err(|_| unreadable())?;
                kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|e| bad(&e))?
            }
            Self::Token { host, token, ca } => discrete(host, token, ca.as_deref())?,
            Self::InCluster => kube::Config::incluster().map_err(|e| bad(&e))?,
            Self::Broken { why } => return Err(BadCredentials(why.clone())),
            Self::Files(paths) => {
                let kubeconfig = merged(paths)?;
                kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|e| bad(&e))?
            }
        };
        config.connect_timeout = Some(CONNECT);
        config.default_retry = false;
        Ok(config)
    }

    /// Whether what they say may be another thing by now.
    pub(super) fn may_change(&self) -> bool {
        matches!(self, Self::Files(_) | Self::InCluster)
    }

    /// Which variable, for a hint.
    pub fn source(&self) -> &'static str {
        match self {
            Self::Inline(_) => "KUBE_CONFIG_BASE64",
            Self::Token { .. } => "KUBE_HOST, KUBE_TOKEN and KUBE_CA",
            Self::InCluster => "the pod's service account",
            Self::Broken { .. } => "KUBE_CONFIG_BASE64, KUBE_CA",
            Self::Files(_) => "the kubeconfig that KUBECONFIG names",
        }
    }
}

/// A parser's message may repeat what stands there, secrets among it.
fn unreadable() -> BadCredentials {
    BadCredentials("it is no kubeconfig".to_owned())
}

fn decode(text: &str) -> Result<String, BadCredentials> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD.decode(bare).map_err(|_| BadCredentials("is no base64".to_owned()))?;
    String::from_utf8(bytes).map_err(|_| BadCredentials("is no base64 of text".to_owned()))
}

fn discrete(host: &str, token: &Secret, ca: Option<&str>) -> Result<kube::Config, BadCredentials> {
    let host = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    let url = host.parse().map_err(|_| BadCredentials(format!("{host} is no address")))?;
    let mut config = kube::Config::new(url);
    config.auth_info =
        AuthInfo { token: Some(token.reveal().trim().to_owned().into()), ..AuthInfo::default() };
    if let Some(pem) = ca {
        config.root_cert = Some(certificates(pem)?);
    }
    Ok(config)
}

/// The DER of each certificate of a PEM file.
fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, BadCredentials> {
    let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
    let blocks = pem.split(begin).skip(1).map(|block| {
        let body = block.split_once(end).map(|(body, _)| body);
        let bare = body.map(|body| body.chars().filter(|c| !c.is_whitespace()).collect::<String>());
        bare.and_then(|bare| STANDARD.decode(bare).ok())
            .ok_or_else(|| BadCredentials("KUBE_CA is no PEM".to_owned()))
    });
    blocks.collect()
}

fn merged(paths: &[PathBuf]) -> Result<Kubeconfig, BadCredentials> {
    let mut merged: Option<Kubeconfig> = None;
    for path in paths.iter().filter(|path| path.exists()) {
        let wrong = |why: &str| BadCredentials(format!("{}: {why}", path.display()));
        let next = Kubeconfig::read_from(path).map_err(|_| wrong("it is no kubeconfig"))?;
        merged = Some(match merged {
            None => next,
            Some(first) => first.merge(next).map_err(|e| wrong(&e.to_string()))?,
        });
    }
    merged.ok_or_else(|| {
        let names: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        BadCredentials(format!("there is no such file: {}", names.join(", ")))
    })
}
