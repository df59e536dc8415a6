use gaggle_core::port::Cause;
use gaggle_runtime_kubernetes::{
    Connection, Credentials,
    client::{Call, Fault, Secret, Verb},
};
use gaggle_shared::Code;
use kube::core::Status;
use std::{net::TcpListener, time::Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn fault(code: u16, message: &str, resource: &'static str) -> Fault {
    let status = Status { code, ..Status::failure(message, "") };
    let call = Call { verb: Verb::Patch, resource, namespace: "user-alice" };
    Fault::of(&kube::Error::Api(status.boxed()), call, "https://k:6443")
}

fn cause(code: u16, message: &str, resource: &'static str) -> Cause {
    fault(code, message, resource).into()
}

#[test]
fn what_the_api_server_says_comes_to_the_contracts_codes() {
    let rbac = "x is forbidden: User \"u\" cannot patch resource";
    let quota = "pods \"x\" is forbidden: exceeded quota: gaggle-quota, requested: pods=1";
    for (status, message, resource, code, passing, says) in [
        (403, rbac, "namespaces", Code::NamespaceFailed, false, "patch namespaces"),
        (403, rbac, "deployments", Code::ForbiddenByCluster, false, "patch deployments in user-alice"),
        (403, quota, "services", Code::QuotaExceeded, false, "quota"),
        (403, "because it is being terminated", "secrets", Code::NamespaceFailed, true, "user-alice"),
        (403, "admission webhook denied", "services", Code::ForbiddenByCluster, false, "refused"),
        (401, "Unauthorized", "secrets", Code::ClusterUnreachable, true, "cannot be reached"),
        (503, "busy", "secrets", Code::ClusterUnreachable, true, "cannot be reached"),
        (422, "bad size", "persistentvolumeclaims", Code::VolumeFailed, false, "does not take"),
    ] {
        let cause = cause(status, message, resource);
        assert_eq!((cause.code, cause.passing), (code, passing), "{message}");
        assert!(cause.message.contains(says), "{}", cause.message);
        assert!(cause.detail.unwrap().contains(message), "the raw cause is kept");
    }
    assert_eq!(fault(404, "", "secrets"), Fault::NotFound);
    assert_eq!(fault(410, "", "pods"), Fault::Gone);
    assert!(matches!(fault(401, "", "pods"), Fault::Unauthorized(_)));
}

async fn refused(credentials: Credentials) -> Cause {
    let call = Call { verb: Verb::Get, resource: "version", namespace: "" };
    let connection = Connection::new(credentials);
    let run = async |client: kube::Client| client.apiserver_version().await;
    connection.call(call, run).await.unwrap_err().into()
}

fn token(host: String) -> Credentials {
    Credentials::Token { host, token: Secret::new("hunter2"), ca: None }
}

#[tokio::test]
async fn wrong_credentials_are_told_with_host_and_cause() {
    let cause = refused(Credentials::inline("aHVudGVyMg==").unwrap()).await;
    assert!(cause.code == Code::ClusterUnreachable && cause.passing, "{cause:?}");
    assert!(cause.detail.as_ref().unwrap().contains("KUBE_CONFIG_BASE64"), "{cause:?}");
    assert!(!format!("{cause:?}").contains("hunter2"), "{cause:?}");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let cause = refused(token(format!("https://127.0.0.1:{port}"))).await;
    let detail = cause.detail.unwrap();
    assert!(detail.contains(&format!("127.0.0.1:{port}")) && detail.contains("refused"), "{detail}");
    assert!(!format!("{:?}", token("k".into())).contains("hunter2"));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_within_ten_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let begun = Instant::now();
    let cause = refused(token(format!("http://{}", silent.local_addr().unwrap()))).await;
    assert_eq!(cause.code, Code::ClusterUnreachable);
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

fn kubeconfig(port: u16) -> String {
    format!(
        "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: c, user: u}}}}], \
         clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}], users: [{{name: u, user: {{}}}}]}}"
    )
}

#[tokio::test]
async fn a_kubeconfig_that_is_put_right_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    std::fs::write(&file, kubeconfig(free())).unwrap();
    let connection = Connection::new(Credentials::Files(vec![file.clone()]));
    let call = Call { verb: Verb::Get, resource: "version", namespace: "" };
    let version = async |client: kube::Client| client.apiserver_version().await;
    let cause: Cause = connection.call(call, version).await.unwrap_err().into();
    assert_eq!(cause.code, Code::ClusterUnreachable);
    // One that answers and closes.
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    std::fs::write(&file, kubeconfig(server.local_addr().unwrap().port())).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = server.accept().await.unwrap();
        let mut asked = [0; 1024];
        assert!(stream.read(&mut asked).await.unwrap() > 0);
        let body = r#"{"major":"1","minor":"34","gitVersion":"v1","gitCommit":"","gitTreeState":"","buildDate":"",
            "goVersion":"","compiler":"","platform":""}"#;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all((head + body).as_bytes()).await.unwrap();
    });
    assert_eq!(connection.call(call, version).await.unwrap().minor, "34");
}
