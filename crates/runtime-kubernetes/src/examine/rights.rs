use super::said;
use crate::{
    client::{Call, Connection, Fault, Verb},
    rights::{LOOKS, RIGHTS, Right},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use gaggle_core::port::Cause;
use gaggle_shared::Finding;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::{Api, api::PostParams};
use serde_json::json;

pub(super) const ABOUT: &str = "rights";

/// So many questions are asked at once.
const AT_ONCE: usize = 16;

/// Asks the API server for every verb that Gaggle needs whether it has it.
pub(super) async fn rights(connection: &Connection) -> Finding {
    let missing = match missing(connection, RIGHTS).await {
        Ok(missing) => missing,
        Err(fault) => return Finding::note(ABOUT, format!("not known: {}", said(&Cause::from(fault))), ""),
    };
    if !missing.is_empty() {
        let words: Vec<_> = missing.iter().map(|(_, resource, verbs)| words(resource, verbs)).collect();
        return Finding::bad(ABOUT, format!("Gaggle may not {}", words.join(", nor ")), line(&missing));
    }
    let count: usize = RIGHTS.iter().map(|right| right.verbs.len()).sum();
    let found = format!("all {count} that Gaggle needs are there");
    // What is only looked at is no fault, and each look says so itself.
    match self::missing(connection, LOOKS).await {
        Ok(missing) if !missing.is_empty() => {
            let words: Vec<_> = missing.iter().map(|(_, resource, verbs)| words(resource, verbs)).collect();
            Finding::note(ABOUT, format!("{found}; it may not look: {}", words.join(", ")), line(&missing))
        }
        _ => Finding::good(ABOUT, found),
    }
}

/// `get, list pods/log`
fn words(resource: &str, verbs: &[&str]) -> String {
    format!("{} {resource}", verbs.join(", "))
}

/// Group, resource, and verbs.
type Missing<'a> = (&'a str, &'a str, Vec<&'a str>);

async fn missing(connection: &Connection, rights: &[Right]) -> Result<Vec<Missing<'static>>, Fault> {
    let asked: Vec<_> = rights
        .iter()
        .flat_map(|right| right.verbs.iter().map(|verb| may(connection, *right, verb)))
        .collect();
    let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    let mut missing: Vec<Missing<'static>> = Vec::new();
    for (right, verb, may) in answers {
        match missing.last_mut() {
            _ if may => {}
            Some((group, resource, verbs)) if (*group, *resource) == (right.group, right.resource) => {
                verbs.push(verb);
            }
            _ => missing.push((right.group, right.resource, vec![verb])),
        }
    }
    Ok(missing)
}

/// A verb of a right, and whether it is there: in every namespace.
async fn may(
    connection: &Connection,
    right: Right,
    verb: &'static str,
) -> Result<(Right, &'static str, bool), Fault> {
    let (resource, subresource) = match right.resource.split_once('/') {
        Some((resource, sub)) => (resource, Some(sub.to_owned())),
        None => (right.resource, None),
    };
    let attributes = ResourceAttributes {
        group: Some(right.group.to_owned()),
        resource: Some(resource.to_owned()),
        subresource,
        verb: Some(verb.to_owned()),
        ..ResourceAttributes::default()
    };
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() },
        ..SelfSubjectAccessReview::default()
    };
    let call = Call { verb: Verb::Create, resource: "selfsubjectaccessreviews", namespace: "" };
    let told = connection
        .call(call, async |client| {
            Api::<SelfSubjectAccessReview>::all(client).create(&PostParams::default(), &review).await
        })
        .await?;
    Ok((right, verb, told.status.is_some_and(|status| status.allowed)))
}

/// What adds them to the role of `deploy/kubernetes`.
pub(super) fn line(missing: &[Missing<'_>]) -> String {
    let adds = missing.iter().map(|(group, resource, verbs)| {
        let rule = json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
        json!({"op": "add", "path": "/rules/-", "value": rule})
    });
    let adds = serde_json::Value::Array(adds.collect());
    format!("kubectl patch clusterrole gaggle --type=json -p '{adds}'")
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_line_adds_each_in_a_rule_of_its_own() {
        assert_eq!(
            line(&[("", "pods", vec!["list", "watch"]), ("apps", "deployments", vec!["get"])]),
            "kubectl patch clusterrole gaggle --type=json -p \
             '[{\"op\":\"add\",\"path\":\"/rules/-\",\"value\":{\"apiGroups\":[\"\"],\"resources\":[\"pods\"],\
             \"verbs\":[\"list\",\"watch\"]}},{\"op\":\"add\",\"path\":\"/rules/-\",\"value\":{\"apiGroups\":[\"apps\"],\
             \"resources\":[\"deployments\"],\"verbs\":[\"get\"]}}]'"
        );
    }
}
