use super::*;

fn vars(list: &[(&str, &str)]) -> BTreeMap<String, String> {
    list.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn model(list: &[(&str, &str)]) -> EnvModel {
    EnvModel::from_vars(&vars(list)).unwrap()
}

fn wants(provider: Option<&str>, model: Option<&str>) -> Settings {
    Settings { provider: provider.map(Into::into), model: model.map(Into::into), ..Settings::default() }
}

#[test]
fn with_no_key_the_demo_model_answers() {
    let none = model(&[("PATH", "/bin"), ("OPENAI_API_KEY", "  ")]);
    assert_eq!(none.provider(), None);
    let grant = none.granted(&Settings::default()).unwrap();
    assert!(grant.demo && grant.env.is_empty());
}

#[test]
fn a_known_key_names_its_provider_and_only_its_variables_are_handed_on() {
    let both =
        model(&[("OPENAI_API_KEY", "o"), ("ANTHROPIC_API_KEY", "a"), ("HTTPS_PROXY", "p"), ("HOME", "/h")]);
    assert_eq!((both.provider(), both.model()), (Some("anthropic"), Some("claude-sonnet-4-5")));
    let grant = both.granted(&Settings::default()).unwrap();
    let expected = [
        ("ANTHROPIC_API_KEY", "a"),
        ("GOOSE_MODEL", "claude-sonnet-4-5"),
        ("GOOSE_PROVIDER", "anthropic"),
        ("HTTPS_PROXY", "p"),
    ];
    assert_eq!(grant, ModelGrant { env: vars(&expected), demo: false });
}

#[test]
fn a_project_may_choose_another_provider_that_is_set_up() {
    let both = model(&[("OPENAI_API_KEY", "o"), ("ANTHROPIC_API_KEY", "a"), ("GOOSE_MODEL", "claude-x")]);
    let grant = both.granted(&wants(Some("openai"), None)).unwrap();
    // GOOSE_MODEL belongs to the server's own provider.
    assert_eq!(
        grant.env,
        vars(&[("GOOSE_MODEL", "gpt-4o"), ("GOOSE_PROVIDER", "openai"), ("OPENAI_API_KEY", "o")])
    );
    let same = both.granted(&wants(None, Some("claude-y"))).unwrap();
    assert_eq!(same.env["GOOSE_MODEL"], "claude-y");
    assert!(both.granted(&wants(Some("demo"), None)).unwrap().demo);
}

#[test]
fn a_provider_without_its_key_is_said_so_with_what_to_do() {
    let ModelError::NotConfigured { provider, hint } =
        model(&[("OPENAI_API_KEY", "o")]).granted(&wants(Some("google"), None)).unwrap_err();
    assert_eq!(provider, "google");
    assert!(hint.contains("GOOGLE_API_KEY"), "{hint}");
    let unknown = model(&[]).granted(&wants(Some("acme"), None)).unwrap_err();
    assert!(unknown.to_string().contains("GAGGLE_AGENT_ENV"), "{unknown}");
}

#[test]
fn named_variables_are_all_handed_on_and_nothing_else() {
    let named = [
        ("GAGGLE_AGENT_ENV", "ACME_KEY, OPENAI_HOST"),
        ("GOOSE_PROVIDER", "acme"),
        ("GOOSE_MODEL", "m"),
        ("ACME_KEY", "k"),
        ("OPENAI_API_KEY", "o"),
    ];
    let grant = model(&named).granted(&Settings::default()).unwrap();
    assert_eq!(grant.env, vars(&[("ACME_KEY", "k"), ("GOOSE_MODEL", "m"), ("GOOSE_PROVIDER", "acme")]));
}

#[test]
fn a_bad_value_names_the_variable() {
    let bad = EnvModel::from_vars(&vars(&[("GAGGLE_AGENT_ENV", "A-B")])).unwrap_err();
    assert_eq!(bad.variable, "GAGGLE_AGENT_ENV");
    let bad = EnvModel::from_vars(&vars(&[("GOOSE_PROVIDER", "acme")])).unwrap_err();
    assert!(bad.to_string().contains("GOOSE_MODEL"), "{bad}");
}

#[test]
fn no_value_is_ever_printed() {
    let printed = format!("{:?}", model(&[("OPENAI_API_KEY", "sesame")]));
    assert!(!printed.contains("sesame"), "{printed}");
}
