use crate::fixture::{full, plain, spec, user};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gaggle_relay_protocol::Launch;
use gaggle_runtime_kubernetes::{
    KubernetesConfig,
    config::ServiceKind,
    objects::{
        Launched, Subject, active_objects, deployment, launched, sleeping_objects, template_hash, to_yaml,
        user_objects,
    },
};
use gaggle_shared::Settings;

fn asleep(config: &KubernetesConfig, settings: &Settings) -> String {
    let spec = spec(settings.clone());
    to_yaml(&sleeping_objects(config, Subject { user: &spec.user, project: &spec.project, settings }))
}

fn active(config: &KubernetesConfig, settings: &Settings) -> String {
    let spec = spec(settings.clone());
    let subject = Subject { user: &spec.user, project: &spec.project, settings };
    to_yaml(&active_objects(config, subject, &launched(config, &spec)))
}

#[test]
fn a_users_objects() {
    insta::assert_snapshot!("user_plain", to_yaml(&user_objects(&plain(), &user())));
    insta::assert_snapshot!("user_full", to_yaml(&user_objects(&full(), &user())));
}

#[test]
fn a_projects_objects() {
    let wishes = Settings {
        cpu: Some("50m".into()),
        memory: Some("4Gi".into()),
        storage: Some("7Gi".into()),
        ..Settings::default()
    };
    insta::assert_snapshot!("asleep_plain", asleep(&plain(), &Settings::default()));
    insta::assert_snapshot!("active_plain", active(&plain(), &Settings::default()));
    insta::assert_snapshot!("active_full", active(&full(), &wishes));
    let mut on_nodes = plain();
    on_nodes.services.kind = ServiceKind::NodePort;
    insta::assert_snapshot!("active_node_port", active(&on_nodes, &Settings::default()));
}

#[test]
fn the_relay_can_read_what_it_is_told_and_nobody_else_in_yaml() {
    let (config, spec) = (plain(), spec(Settings::default()));
    let subject = Subject { user: &spec.user, project: &spec.project, settings: &spec.settings };
    let objects = active_objects(&config, subject, &launched(&config, &spec));
    let data = objects[0].body["data"][Launched::FILE].as_str().unwrap();
    let launch: Launch = serde_json::from_slice(&STANDARD.decode(data).unwrap()).unwrap();
    assert_eq!((launch.token.as_str(), launch.home.as_str()), ("hunter2", "wss://10.96.0.7:3002/relay"));
    assert_eq!(launch.listen.unwrap().to_string(), "0.0.0.0:3001");
    assert!(launch.stay && launch.log_stdout && launch.home_cert.is_some());
    assert_eq!(launch.acp_key.unwrap().len(), 64);
    let yaml = to_yaml(&objects);
    assert!(!yaml.contains(data) && !yaml.contains("hunter2") && yaml.contains("****"), "{yaml}");
}

#[test]
fn a_new_launch_is_a_new_pod_but_no_drift() {
    let config = plain();
    let (first, mut second) = (spec(Settings::default()), spec(Settings::default()));
    second.token = "another".into();
    let subject = Subject { user: &first.user, project: &first.project, settings: &first.settings };
    let [a, b] = [&first, &second].map(|spec| deployment(&config, subject, Some(&launched(&config, spec))));
    assert_ne!(a.hash, b.hash);
    let note = "/metadata/annotations/gaggle~1template";
    assert_eq!(a.body.pointer(note), b.body.pointer(note));
    assert_eq!(a.body.pointer(note).unwrap(), &template_hash(&config, subject));
    let mut upgraded = plain();
    upgraded.agent.image = "gaggle/agent:next".into();
    assert_ne!(template_hash(&upgraded, subject), template_hash(&config, subject));
}
