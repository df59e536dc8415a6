use super::{ConfigError, Vars, in_cluster};
use gaggle_runtime_kubernetes::{Credentials, client::Secret};
use std::path::PathBuf;

/// `KUBE_CONFIG_BASE64`; else `KUBE_HOST`, `KUBE_TOKEN`, `KUBE_CA`; else the pod's own; else `KUBECONFIG` or
/// `~/.kube/config`. What is missing ends the start; what is wrong is told to whoever asks for a project.
pub(super) fn read(vars: &Vars) -> Result<Credentials, ConfigError> {
    if let Some(text) = vars.get("KUBE_CONFIG_BASE64") {
        return Ok(Credentials::inline(text)
            .unwrap_or_else(|why| Credentials::broken(format!("KUBE_CONFIG_BASE64 {why}"))));
    }
    if ["KUBE_HOST", "KUBE_TOKEN", "KUBE_CA"].iter().any(|name| vars.has(name)) {
        let need = |name: &str, rule: &str| {
            vars.get(name).map(|text| text.trim().to_owned()).ok_or_else(|| vars.error(name, rule))
        };
        let host = need("KUBE_HOST", "is needed beside KUBE_TOKEN, such as https://10.0.0.1:6443")?;
        let token = need("KUBE_TOKEN", "is needed beside KUBE_HOST: a bearer token")?;
        return Ok(match vars.get("KUBE_CA").map(Credentials::authority).transpose() {
            Ok(ca) => Credentials::Token { host, token: Secret::new(token), ca },
            Err(why) => Credentials::broken(format!("KUBE_CA {why}; PEM, or base64 of PEM, is expected")),
        });
    }
    if in_cluster(vars) {
        return Ok(Credentials::InCluster);
    }
    let files = match vars.get("KUBECONFIG") {
        Some(paths) => std::env::split_paths(paths).collect(),
        None => vars.get("HOME").map(|home| PathBuf::from(home).join(".kube/config")).into_iter().collect(),
    };
    Ok(Credentials::Files(files))
}
