use super::{
    ConfigError, Vars,
    text::{name, names, pairs},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gaggle_runtime_kubernetes::{
    client::Secret,
    config::{AccessMode, AgentPod, Inject, Limits, PullPolicy, Quantity, Relay, Size, Toleration, Volume},
};
use std::time::Duration;

/// The agent image that goes with this build; `GAGGLE_DEFAULT_IMAGE` at build time says another.
const IMAGE: &str = match option_env!("GAGGLE_DEFAULT_IMAGE") {
    Some(image) => image,
    None => concat!("gaggle/agent:", env!("CARGO_PKG_VERSION")),
};
/// The image that the relay is taken from; `GAGGLE_DEFAULT_RELAY_IMAGE` at build time says another.
const RELAY: &str = match option_env!("GAGGLE_DEFAULT_RELAY_IMAGE") {
    Some(image) => image,
    None => concat!("gaggle/server:", env!("CARGO_PKG_VERSION")),
};
/// Where images keep programs. The agent's environment is built from nothing, so that it must be said.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const QUANTITY: &str = "a quantity of more than nothing, such as 500m, 2 or 1Gi";

/// `ACR_IMAGE` and what its pod asks for.
pub(super) fn agent(vars: &Vars) -> Result<AgentPod, ConfigError> {
    let port = vars.read("GOOSE_API_PORT", "a port, 1024 to 65535", |text| {
        text.parse().ok().filter(|port| *port >= 1024u16)
    })?;
    let policy = |text: &str| match text {
        "Always" => Some(PullPolicy::Always),
        "IfNotPresent" => Some(PullPolicy::IfNotPresent),
        "Never" => Some(PullPolicy::Never),
        _ => None,
    };
    let rule = "a .dockerconfigjson ({\"auths\": …}), or base64 of it";
    Ok(AgentPod {
        image: image(vars, "ACR_IMAGE", IMAGE)?,
        port: port.unwrap_or(3001),
        pull_policy: vars
            .read("GAGGLE_IMAGE_PULL_POLICY", "Always, IfNotPresent or Never", policy)?
            .unwrap_or_default(),
        pull_secrets: names(vars, "GAGGLE_IMAGE_PULL_SECRETS")?,
        pull_credentials: vars.read("GAGGLE_IMAGE_PULL_CREDENTIALS", rule, docker_config)?.map(Secret::new),
        cpu: size(vars, "GAGGLE_AGENT_CPU", "100m/2")?,
        memory: size(vars, "GAGGLE_AGENT_MEMORY", "256Mi/2Gi")?,
        node_selector: pairs(vars, "GAGGLE_NODE_SELECTOR")?,
        tolerations: tolerations(vars)?,
        runtime_class: name(vars, "GAGGLE_RUNTIME_CLASS")?,
        goose: "goose".to_owned(),
        path: vars.get("GAGGLE_AGENT_PATH").unwrap_or(PATH).trim().to_owned(),
        initialize: Duration::from_secs(60),
        spool_bytes: 64 * 1024 * 1024,
        grace_seconds: 5,
    })
}

/// `GAGGLE_RELAY_INJECT`
pub(super) fn relay(vars: &Vars) -> Result<Relay, ConfigError> {
    let inject = |text: &str| match text {
        "auto" => Some(Inject::Auto),
        "always" => Some(Inject::Always),
        "never" => Some(Inject::Never),
        _ => None,
    };
    Ok(Relay {
        inject: vars.read("GAGGLE_RELAY_INJECT", "auto, always or never", inject)?.unwrap_or_default(),
        image: image(vars, "GAGGLE_RELAY_IMAGE", RELAY)?,
        own: IMAGE.to_owned(),
    })
}

/// `GAGGLE_STORAGE_*`
pub(super) fn volume(vars: &Vars) -> Result<Volume, ConfigError> {
    let mode = |text: &str| match text {
        "auto" => Some(AccessMode::Auto),
        "ReadWriteOnce" => Some(AccessMode::Once),
        "ReadWriteOncePod" => Some(AccessMode::OncePod),
        _ => None,
    };
    Ok(Volume {
        class: name(vars, "GAGGLE_STORAGE_CLASS")?,
        size: quantity(vars, "GAGGLE_STORAGE_SIZE", Some("5Gi"))?.unwrap_or_else(|| fixed("5Gi")),
        mode: vars
            .read("GAGGLE_STORAGE_MODE", "auto, ReadWriteOnce or ReadWriteOncePod", mode)?
            .unwrap_or_default(),
    })
}

/// `GAGGLE_USER_*`
pub(super) fn limits(vars: &Vars) -> Result<Limits, ConfigError> {
    let count = |name: &str| {
        vars.read(name, "1 to 10000", |text| text.parse().ok().filter(|n| (1..=10_000).contains(n)))
    };
    Ok(Limits {
        cpu: quantity(vars, "GAGGLE_USER_CPU", None)?,
        memory: quantity(vars, "GAGGLE_USER_MEMORY", None)?,
        storage: quantity(vars, "GAGGLE_USER_STORAGE", None)?,
        pods: count("GAGGLE_USER_PODS")?.unwrap_or(20),
        projects: count("GAGGLE_USER_PROJECTS")?.unwrap_or(200),
    })
}

fn image(vars: &Vars, name: &str, default: &str) -> Result<String, ConfigError> {
    let good = |text: &str| {
        let ok = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
        (text.len() <= 255 && text.chars().all(ok)).then(|| text.to_owned())
    };
    Ok(vars
        .read(name, "an image, such as registry.example/goose-api:latest", good)?
        .unwrap_or_else(|| default.to_owned()))
}

fn quantity(vars: &Vars, name: &str, default: Option<&str>) -> Result<Option<Quantity>, ConfigError> {
    let told = vars.read(name, QUANTITY, |text| Quantity::parse(text).ok())?;
    Ok(told.or_else(|| default.map(fixed)))
}

/// `REQUEST/LIMIT`, or one for both.
fn size(vars: &Vars, name: &str, default: &str) -> Result<Size, ConfigError> {
    let rule = "REQUEST/LIMIT as quantities, such as 100m/2 or 256Mi/2Gi, or one for both";
    let told = vars.read(name, rule, parse_size)?;
    Ok(told
        .or_else(|| parse_size(default))
        .unwrap_or_else(|| Size { request: fixed("1"), limit: fixed("1") }))
}

fn parse_size(text: &str) -> Option<Size> {
    let (request, limit) = text.split_once('/').unwrap_or((text, text));
    let size = Size { request: Quantity::parse(request).ok()?, limit: Quantity::parse(limit).ok()? };
    (size.request.millis() <= size.limit.millis()).then_some(size)
}

/// One of ours, whose text is known to be good.
fn fixed(text: &str) -> Quantity {
    Quantity::parse(text).unwrap_or_else(|_| unreachable!("{text} is a quantity"))
}

fn docker_config(text: &str) -> Option<String> {
    let json = if text.starts_with('{') {
        text.to_owned()
    } else {
        String::from_utf8(STANDARD.decode(text).ok()?).ok()?
    };
    let parsed: serde_json::Value = serde_json::from_str(&json).ok()?;
    parsed.get("auths")?.is_object().then_some(json)
}

/// `KEY[=VALUE][:EFFECT]`, with commas between.
fn tolerations(vars: &Vars) -> Result<Vec<Toleration>, ConfigError> {
    let rule = "KEY[=VALUE][:EFFECT] with commas between; the effects are NoSchedule, PreferNoSchedule and NoExecute";
    let one = |text: &str| {
        let (taint, effect) = text.trim().split_once(':').map_or((text.trim(), None), |(t, e)| (t, Some(e)));
        let (key, value) = taint.split_once('=').map_or((taint, None), |(k, v)| (k, Some(v)));
        let known = effect.is_none_or(|e| ["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&e));
        let toleration = Toleration {
            key: key.to_owned(),
            value: value.map(str::to_owned),
            effect: effect.map(str::to_owned),
        };
        (known && !key.is_empty()).then_some(toleration)
    };
    let read = |text: &str| text.split(',').map(one).collect();
    Ok(vars.read("GAGGLE_TOLERATIONS", rule, read)?.unwrap_or_default())
}
