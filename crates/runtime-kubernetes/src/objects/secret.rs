use super::{Kind, Launched, Rendered, Subject, user_meta};
use crate::{config::KubernetesConfig, names::UserNames};
use gaggle_shared::UserId;
use k8s_openapi::{ByteString, api::core::v1::Secret};
use std::collections::BTreeMap;

/// What the relay is told: new at every activation.
pub fn launch_secret(config: &KubernetesConfig, subject: Subject<'_>, launched: &Launched) -> Rendered {
    let secret = Secret {
        metadata: subject.meta(config, subject.names(config).secret()),
        type_: Some("Opaque".to_owned()),
        data: Some(BTreeMap::from([(Launched::FILE.to_owned(), ByteString(launched.content().to_vec()))])),
        ..Secret::default()
    };
    Rendered::new(Kind::Secret, &secret)
}

/// The registry's credentials, if the server was given some.
pub fn pull_secret(config: &KubernetesConfig, user: &UserId) -> Option<Rendered> {
    let credentials = config.agent.pull_credentials.as_ref()?;
    let data = ByteString(credentials.reveal().as_bytes().to_vec());
    let secret = Secret {
        metadata: user_meta(config, user, UserNames::PULL_SECRET),
        type_: Some("kubernetes.io/dockerconfigjson".to_owned()),
        data: Some(BTreeMap::from([(".dockerconfigjson".to_owned(), data)])),
        ..Secret::default()
    };
    Some(Rendered::new(Kind::Secret, &secret))
}
