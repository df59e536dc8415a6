use gaggle_runtime_kubernetes::rights::{LOOKS, RIGHTS};
use serde_json::Value;

/// The rules of the role as it is deployed, one resource each.
fn deployed() -> Vec<(String, String, Vec<String>)> {
    let text = include_str!("../../../../deploy/kubernetes/base/role.yaml");
    let role: Value = serde_saphyr::from_str(text.split("---").next().unwrap()).unwrap();
    let list = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let rules = role["rules"].as_array().unwrap().iter();
    rules
        .map(|rule| {
            let one = |name: &str| list(&rule[name]).try_into().map(|[one]: [String; 1]| one).unwrap();
            (one("apiGroups"), one("resources"), list(&rule["verbs"]))
        })
        .collect()
}

#[test]
fn the_role_is_what_the_code_does() {
    let text = |text: &&str| (*text).to_owned();
    let mut needed: Vec<_> = RIGHTS
        .iter()
        .chain(LOOKS)
        .map(|right| {
            (right.group.to_owned(), right.resource.to_owned(), right.verbs.iter().map(text).collect())
        })
        .collect();
    needed.sort();
    assert_eq!(deployed(), needed);
}

#[test]
fn nothing_is_a_wildcard_and_secrets_are_never_listed() {
    for right in RIGHTS.iter().chain(LOOKS) {
        assert!(right.resource != "*" && !right.verbs.contains(&"*"), "{right:?}");
        let secrets = right.resource == "secrets";
        assert!(!secrets || !right.verbs.iter().any(|verb| ["list", "watch"].contains(verb)), "{right:?}");
    }
}
