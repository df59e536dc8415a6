use crate::client::Secret;
use std::{collections::BTreeMap, fmt, time::Duration};
use thiserror::Error;

/// A Kubernetes quantity that has been looked at, such as `500m` or `2Gi`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity(String);

/// Text that is no [`Quantity`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a quantity of more than nothing, such as 500m, 2 or 1Gi")]
pub struct BadQuantity;

impl Quantity {
    /// Digits, perhaps a fraction, and one of the usual suffixes; more than zero.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, BadQuantity> {
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let suffix = &text[number.len()..];
        let digits = |part: &str| part.bytes().all(|c| c.is_ascii_digit());
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let known = ["", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi"].contains(&suffix);
        let good = known
            && (1..=15).contains(&whole.len())
            && (1..=3).contains(&fraction.len())
            && digits(whole)
            && digits(fraction)
            && number.bytes().any(|c| (b'1'..=b'9').contains(&c));
        if good { Ok(Self(text.to_owned())) } else { Err(BadQuantity) }
    }

    /// Thousandths of its unit: what it is compared by.
    pub fn millis(&self) -> u128 {
        let number = self.0.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let thousandths = format!("{whole}{fraction:0<3}").parse().unwrap_or(0u128);
        let power =
            |letter: &str| ["k", "M", "G", "T", "P"].iter().position(|l| l.eq_ignore_ascii_case(letter));
        match &self.0[number.len()..] {
            "" => thousandths,
            "m" => thousandths / 1000,
            binary if binary.ends_with('i') => {
                thousandths * 1024u128.pow(power(&binary[..1]).map_or(0, |at| at as u32 + 1))
            }
            decimal => thousandths * 1000u128.pow(power(decimal).map_or(0, |at| at as u32 + 1)),
        }
    }

    /// As Kubernetes reads it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a container asks for and may use at most; a project's setting replaces the limit, and the request
/// where it would be beyond.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// `resources.requests`
    pub request: Quantity,
    /// `resources.limits`
    pub limit: Quantity,
}

/// `imagePullPolicy`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names are Kubernetes' own")]
pub enum PullPolicy {
    Always,
    #[default]
    IfNotPresent,
    Never,
}

/// A toleration; an empty key with [`None`] as its value tolerates everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toleration {
    /// Taint's key; empty: any.
    pub key: String,
    /// Taint's value; none: any.
    pub value: Option<String>,
    /// Taint's effect; none: any.
    pub effect: Option<String>,
}

/// The pod of an agent.
#[derive(Debug, Clone)]
pub struct AgentPod {
    /// `ACR_IMAGE`
    pub image: String,
    /// `GOOSE_API_PORT`: of the relay in the pod, and of the Service.
    pub port: u16,
    /// When the image is pulled.
    pub pull_policy: PullPolicy,
    /// Secrets of the users' namespaces that somebody else puts there.
    pub pull_secrets: Vec<String>,
    /// A `.dockerconfigjson` that is put into every user's namespace.
    pub pull_credentials: Option<Secret>,
    /// CPU.
    pub cpu: Size,
    /// Memory.
    pub memory: Size,
    /// Where it may run.
    pub node_selector: BTreeMap<String, String>,
    /// Which taints it bears.
    pub tolerations: Vec<Toleration>,
    /// Such as `gvisor`.
    pub runtime_class: Option<String>,
    /// The Goose binary in the image: a name is looked up on its PATH.
    pub goose: String,
    /// `PATH` of Goose.
    pub path: String,
    /// How long Goose may take to answer `initialize`.
    pub initialize: Duration,
    /// Room of a relay's spool, in bytes.
    pub spool_bytes: u64,
    /// How long a pod may take to end, seconds.
    pub grace_seconds: i64,
}

/// `GAGGLE_RELAY_INJECT`: whether the relay is put into the agent image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inject {
    /// Unless the image is ours, whatever its registry and tag.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never: the image has it.
    Never,
}

/// How the relay gets into the pod.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Whether it is put in.
    pub inject: Inject,
    /// The image that has it at `/usr/local/bin/gaggle-relay`: our server's, or our agent's.
    pub image: String,
    /// Our agent image, such as `gaggle/agent:1.0.0`: with its relay.
    pub own: String,
}

impl Relay {
    /// Whether an image is our agent image: by its repository alone, for people push it to registries of their own.
    pub fn is_own(&self, image: &str) -> bool {
        let (image, own) = (repository(image), repository(&self.own));
        image.strip_suffix(own).is_some_and(|registry| registry.is_empty() || registry.ends_with('/'))
    }
}

/// An image's name without tag and digest.
pub(crate) fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// The project's volume.
#[derive(Debug, Clone)]
pub struct Volume {
    /// None: the cluster's default.
    pub class: Option<String>,
    /// Unless the project's settings say another.
    pub size: Quantity,
    /// Who may hold it at once.
    pub mode: AccessMode,
}

/// `GAGGLE_STORAGE_MODE`: who may hold a project's volume at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessMode {
    /// One pod alone where that is served, else one node.
    #[default]
    Auto,
    /// `ReadWriteOnce`: one node.
    Once,
    /// `ReadWriteOncePod`: one pod alone.
    OncePod,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_image_is_known_in_any_registry() {
        let relay = Relay { inject: Inject::Auto, image: String::new(), own: "gaggle/agent:1".into() };
        for own in [
            "gaggle/agent",
            "gaggle/agent:dev",
            "r.example:5000/gaggle/agent@sha256:0",
            "r.example/x/gaggle/agent:2",
        ] {
            assert!(relay.is_own(own), "{own}");
        }
        for other in ["goose-api:latest", "gaggle/server:1", "notgaggle/agent:1", "r.example:5000/agent"] {
            assert!(!relay.is_own(other), "{other}");
        }
    }

    #[test]
    fn quantities_are_compared_by_size() {
        let millis = |text| Quantity::parse(text).unwrap().millis();
        assert_eq!(millis("1"), millis("1000m"));
        assert_eq!(millis("0.5"), millis("500m"));
        assert_eq!(millis("1Gi"), millis("1024Mi"));
        assert_eq!(millis("1.5k"), 1_500_000);
        assert!(
            millis("1G") < millis("1Gi") && millis("9Gi") < millis("10Gi") && millis("1Ki") > millis("1k")
        );
    }

    #[test]
    fn quantities_are_checked() {
        for good in ["1", "500m", "0.5", "2Gi", "100Mi", "1.5G", "10"] {
            assert_eq!(Quantity::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "0", "0Gi", "-1", "1 Gi", "Gi", "1Xi", "1.", "1e3", ".5", "1\n", "ä"] {
            assert_eq!(Quantity::parse(bad), Err(BadQuantity), "{bad:?}");
        }
    }
}
