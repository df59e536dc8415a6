use crate::{
    apply::{Applier, api, call},
    client::{Connection, Fault, Verb},
    names::{ProjectNames, UserNames},
    objects::{Kind, Rendered, to_yaml},
};
use gaggle_shared::ProjectId;
use serde_json::{Value, json};

/// The objects of a project and its user as they are in the cluster, without what the cluster adds for itself;
/// a Secret's values are not even read.
pub(super) async fn manifests(applier: &Applier, project: &ProjectId) -> Result<String, Fault> {
    let mut found = Vec::new();
    for place in applier.find(project).await? {
        for (kind, name) in wanted(&place.names()) {
            let namespace = if kind == Kind::Namespace { String::new() } else { place.namespace.clone() };
            if let Some(body) = read(applier.connection(), kind, &namespace, &name).await? {
                found.push(Rendered { kind, namespace, name, hash: String::new(), body });
            }
        }
    }
    Ok(to_yaml(&found))
}

fn wanted(names: &ProjectNames) -> Vec<(Kind, String)> {
    let fixed = [
        (Kind::Namespace, names.namespace()),
        (Kind::NetworkPolicy, UserNames::POLICY),
        (Kind::ResourceQuota, UserNames::QUOTA),
        (Kind::LimitRange, UserNames::LIMITS),
        (Kind::ServiceAccount, UserNames::SERVICE_ACCOUNT),
    ];
    let own = [
        (Kind::Secret, names.secret()),
        (Kind::PersistentVolumeClaim, names.claim()),
        (Kind::Deployment, names.deployment()),
        (Kind::Service, names.service()),
        (Kind::Ingress, names.ingress()),
    ];
    fixed.into_iter().map(|(kind, name)| (kind, name.to_owned())).chain(own).collect()
}

async fn read(
    connection: &Connection,
    kind: Kind,
    namespace: &str,
    name: &str,
) -> Result<Option<Value>, Fault> {
    let run = async |client| {
        let api = api(client, kind, namespace);
        if kind != Kind::Secret {
            return api
                .get_opt(name)
                .await?
                .map(serde_json::to_value)
                .transpose()
                .map_err(kube::Error::SerdeError);
        }
        let found = api.get_metadata_opt(name).await?;
        let masked = json!({crate::objects::Launched::FILE: "****"});
        Ok(found.map(|found| json!({"metadata": found.metadata, "data": masked})))
    };
    let Some(mut body) = connection.call(call(Verb::Get, kind, namespace), run).await? else {
        return Ok(None);
    };
    let resource = kind.resource();
    body["apiVersion"] = resource.api_version.into();
    body["kind"] = resource.kind.into();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("status");
    }
    if let Some(meta) = body.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        for added in ["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"] {
            meta.remove(added);
        }
    }
    Ok(Some(body))
}
