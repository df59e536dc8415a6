use super::{ConfigError, Vars};

const CLUSTER: [&str; 4] = ["KUBE_CONFIG_BASE64", "KUBE_HOST", "KUBE_TOKEN", "KUBE_CA"];

/// What the contract knows but this release has not yet: it is refused, never ignored.
pub(super) fn refuse(vars: &Vars) -> Result<(), ConfigError> {
    if vars.has("MONGODB_URI") {
        return Err(vars.error(
            "MONGODB_URI",
            "the MongoDB store is not in this release yet; unset it and the embedded store is used",
        ));
    }
    match vars.get("GAGGLE_RUNTIME").map(str::trim) {
        Some("local") => return Ok(()),
        Some("kubernetes") => {
            return Err(
                vars.error("GAGGLE_RUNTIME", "the kubernetes runtime is not in this release yet; use local")
            );
        }
        Some(_) => return Err(vars.error("GAGGLE_RUNTIME", "local (kubernetes is not in this release yet)")),
        None => {}
    }
    let names = CLUSTER.iter().chain(&["KUBERNETES_SERVICE_HOST"]);
    match names.into_iter().find(|name| vars.has(name)) {
        None => Ok(()),
        Some(name) => Err(vars.error(
            name,
            "asks for the kubernetes runtime, which is not in this release yet; set GAGGLE_RUNTIME=local",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_yet_is_refused_in_one_line_without_a_secret() {
        for (name, value) in [
            ("MONGODB_URI", "mongodb://root:hunter2@db"),
            ("GAGGLE_RUNTIME", "kubernetes"),
            ("GAGGLE_RUNTIME", "docker"),
            ("KUBE_TOKEN", "hunter2"),
            ("KUBE_CONFIG_BASE64", "aHVudGVyMg=="),
            ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
        ] {
            let error = refuse(&Vars::from([(name, value)])).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name}=")) && !error.contains('\n'), "{error}");
            assert!(error.contains("not in this release yet"), "{error}");
            assert!(!error.contains("hunter2") && !error.contains("aHVudGVyMg"), "{error}");
        }
        assert_eq!(refuse(&Vars::from([("GAGGLE_RUNTIME", "local"), ("KUBE_HOST", "x")])), Ok(()));
        assert_eq!(refuse(&Vars::default()), Ok(()));
    }
}
