//! Lists in pages. A whole object, with all that is written in it about who manages which field, takes ten times what
//! is kept of it: of a page only its text is there at once, and its objects one after the other.

use kube::{Client, Error, api::ListParams, core::Request};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// How many objects a page has.
const PAGE: u32 = 100;

/// A list, page by page.
pub(crate) struct Pages {
    request: Request,
    params: ListParams,
    metadata: bool,
}

/// What follows a page.
pub(crate) enum Next {
    /// Another one.
    Page,
    /// Nothing: the list is complete, and is what was there at this version.
    End(String),
}

#[derive(Deserialize)]
struct Page<'a> {
    metadata: Meta,
    /// Null where a list of metadata has none.
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default)]
    resource_version: String,
    #[serde(default, rename = "continue")]
    token: String,
}

impl Pages {
    /// Whole objects that a label selector chooses, below this path of the API (`/api/v1/pods`).
    pub(crate) fn new(path: String, selector: &str) -> Self {
        let params = ListParams::default().labels(selector).limit(PAGE);
        Self { request: Request::new(path), params, metadata: false }
    }

    /// Only their metadata.
    pub(crate) fn of_metadata(path: String, selector: &str) -> Self {
        Self { metadata: true, ..Self::new(path, selector) }
    }

    /// Reads the next page and hands over its objects one by one.
    ///
    /// # Errors
    /// As of a call; 410: the list took so long that its version is gone, and only a new one can be complete.
    pub(crate) async fn next<T>(&mut self, client: &Client, mut take: impl FnMut(T)) -> Result<Next, Error>
    where
        T: DeserializeOwned,
    {
        let request = match self.metadata {
            true => self.request.list_metadata(&self.params),
            false => self.request.list(&self.params),
        };
        let text = client.request_text(request.map_err(Error::BuildRequest)?).await?;
        let page: Page<'_> = serde_json::from_str(&text).map_err(Error::SerdeError)?;
        for item in page.items.unwrap_or_default() {
            take(serde_json::from_str(item.get()).map_err(Error::SerdeError)?);
        }
        let Meta { resource_version, token } = page.metadata;
        if token.is_empty() {
            return Ok(Next::End(resource_version));
        }
        self.params.continue_token = Some(token);
        Ok(Next::Page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Request, Response};
    use k8s_openapi::api::core::v1::Service;
    use kube::{ResourceExt as _, client::Body, core::PartialObjectMeta};
    use serde_json::json;

    /// An API server that has two pages of Services, and says what it was asked.
    fn server(asked: std::sync::mpsc::Sender<String>) -> Client {
        let service = tower::service_fn(move |request: Request<Body>| {
            let uri = request.uri().to_string();
            let (token, name) = if uri.contains("continue=more") { ("", "b") } else { ("more", "a") };
            let items = json!([{"metadata": {"name": name}, "spec": {"type": "ClusterIP"}}]);
            let page = json!({"kind": "List", "metadata": {"resourceVersion": "7", "continue": token}, "items": items});
            asked.send(uri).unwrap();
            async move {
                Ok::<_, std::convert::Infallible>(Response::new(Body::from(page.to_string().into_bytes())))
            }
        });
        Client::new(service, "default")
    }

    #[tokio::test]
    async fn a_list_is_read_page_by_page_to_its_end() {
        let (asked, hears) = std::sync::mpsc::channel();
        let client = server(asked);
        let mut pages = Pages::new("/api/v1/services".to_owned(), "app=x");
        let mut names = Vec::new();
        let first = pages.next(&client, |one: Service| names.push(one.name_any())).await.unwrap();
        assert!(matches!(first, Next::Page));
        let last =
            pages.next(&client, |one: PartialObjectMeta<Service>| names.push(one.name_any())).await.unwrap();
        assert!(matches!(last, Next::End(version) if version == "7"));
        assert_eq!(names, ["a", "b"]);
        let asked: Vec<String> = hears.try_iter().collect();
        assert_eq!(asked[0], "/api/v1/services?&labelSelector=app%3Dx&limit=100");
        assert_eq!(asked[1], "/api/v1/services?&labelSelector=app%3Dx&limit=100&continue=more");
    }

    #[tokio::test]
    async fn a_list_of_metadata_without_any_has_null_for_its_items() {
        let service = tower::service_fn(|_: Request<Body>| async {
            let page = json!({"kind": "PartialObjectMetadataList", "metadata": {"resourceVersion": "7"}, "items": null});
            Ok::<_, std::convert::Infallible>(Response::new(Body::from(page.to_string().into_bytes())))
        });
        let mut pages = Pages::of_metadata("/api/v1/services".to_owned(), "app=x");
        let take = |one: PartialObjectMeta<Service>| panic!("{one:?}");
        let end = pages.next(&Client::new(service, "default"), take).await.unwrap();
        assert!(matches!(end, Next::End(version) if version == "7"));
    }
}
