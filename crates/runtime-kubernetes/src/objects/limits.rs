use super::{Kind, Rendered, user_meta};
use crate::{
    config::{KubernetesConfig, Quantity as Size},
    names::UserNames,
};
use gaggle_shared::UserId;
use k8s_openapi::{
    api::core::v1::{LimitRange, LimitRangeItem, LimitRangeSpec},
    apimachinery::pkg::api::resource::Quantity,
};
use std::collections::BTreeMap;

/// What a container gets that says nothing: an ephemeral one put in for debugging, say.
pub fn limit_range(config: &KubernetesConfig, user: &UserId) -> Rendered {
    let both = |cpu: &Size, memory: &Size| {
        BTreeMap::from([
            ("cpu".to_owned(), Quantity(cpu.to_string())),
            ("memory".to_owned(), Quantity(memory.to_string())),
        ])
    };
    let (cpu, memory) = (&config.agent.cpu, &config.agent.memory);
    let item = LimitRangeItem {
        type_: "Container".to_owned(),
        default: Some(both(&cpu.limit, &memory.limit)),
        default_request: Some(both(&cpu.request, &memory.request)),
        ..LimitRangeItem::default()
    };
    let metadata = user_meta(config, user, UserNames::LIMITS);
    Rendered::new(
        Kind::LimitRange,
        &LimitRange { metadata, spec: Some(LimitRangeSpec { limits: vec![item] }) },
    )
}
