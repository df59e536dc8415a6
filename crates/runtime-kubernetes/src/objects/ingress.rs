use super::{Kind, Rendered, Subject};
use crate::config::{IngressTls, KubernetesConfig};
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend,
    IngressSpec, IngressTLS, ServiceBackendPort,
};

/// The project's Ingress, if there is a domain. Nothing that a person typed stands in it.
pub fn ingress(config: &KubernetesConfig, subject: Subject<'_>) -> Option<Rendered> {
    let told = config.ingress.as_ref()?;
    let names = subject.names(config);
    let host = names.host(&told.domain);
    let mut annotations = told.annotations.clone();
    let tls_secret = told.tls.as_ref().map(|tls| match tls {
        IngressTls::Secret(name) => name.clone(),
        IngressTls::ClusterIssuer(issuer) => {
            annotations.insert("cert-manager.io/cluster-issuer".to_owned(), issuer.clone());
            format!("proj-{}-tls", subject.project)
        }
    });
    let mut metadata = subject.meta(config, names.ingress());
    metadata.annotations = (!annotations.is_empty()).then_some(annotations);
    let port = ServiceBackendPort { name: Some("acp".to_owned()), number: None };
    let service = IngressServiceBackend { name: names.service(), port: Some(port) };
    let path = HTTPIngressPath {
        path: Some("/".to_owned()),
        path_type: "Prefix".to_owned(),
        backend: IngressBackend { service: Some(service), resource: None },
    };
    let rule =
        IngressRule { host: Some(host.clone()), http: Some(HTTPIngressRuleValue { paths: vec![path] }) };
    let tls = tls_secret.map(|name| vec![IngressTLS { hosts: Some(vec![host]), secret_name: Some(name) }]);
    let spec = IngressSpec {
        ingress_class_name: told.class.clone(),
        rules: Some(vec![rule]),
        tls,
        ..IngressSpec::default()
    };
    Some(Rendered::new(Kind::Ingress, &Ingress { metadata, spec: Some(spec), ..Ingress::default() }))
}
