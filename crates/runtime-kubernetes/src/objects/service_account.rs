use super::{Kind, Rendered, user_meta};
use crate::{config::KubernetesConfig, names::UserNames};
use gaggle_shared::UserId;
use k8s_openapi::api::core::v1::ServiceAccount;

/// Who agents are in the cluster: somebody without rights, whose token no pod gets.
pub fn service_account(config: &KubernetesConfig, user: &UserId) -> Rendered {
    let account = ServiceAccount {
        metadata: user_meta(config, user, UserNames::SERVICE_ACCOUNT),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    };
    Rendered::new(Kind::ServiceAccount, &account)
}
