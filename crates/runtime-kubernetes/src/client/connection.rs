use super::{Call, Credentials, Fault};
use gaggle_core::port::Cause;
use gaggle_shared::Code;
use kube::Client;
use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// How long a call to the API server may take: with it, a caller hears of an unreachable cluster within 10 s.
pub const DEADLINE: Duration = Duration::from_secs(8);

/// The way to the API server. Making one tries nothing; wrong credentials show at the first call, and every
/// later call tries anew, so that it heals.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    credentials: Credentials,
    made: Mutex<Option<Made>>,
}

#[derive(Clone)]
struct Made {
    client: Client,
    host: Arc<str>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.0.credentials).finish()
    }
}

impl Connection {
    /// With these credentials; nothing is tried.
    pub fn new(credentials: Credentials) -> Self {
        Self(Arc::new(Inner { credentials, made: Mutex::new(None) }))
    }

    /// A client for what [`Self::call`] cannot do, such as watches and logs. It retries nothing, and only
    /// connecting has a deadline.
    ///
    /// # Errors
    /// `cluster_unreachable` (passing) if the credentials cannot be used.
    pub async fn client(&self) -> Result<Client, Cause> {
        self.made().await.map(|made| made.client)
    }

    /// The API server's address, once it is known.
    pub fn host(&self) -> Option<String> {
        self.kept().map(|made| made.host.to_string())
    }

    /// One call, with [`DEADLINE`]; what went wrong is said in the contract's terms.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn call<T, F, R>(&self, call: Call<'_>, run: F) -> Result<T, Fault>
    where
        F: FnOnce(Client) -> R,
        R: Future<Output = Result<T, kube::Error>>,
    {
        let made = self.made().await.map_err(Fault::Cause)?;
        match timeout(DEADLINE, run(made.client)).await {
            Err(_) => {
                self.doubt();
                let detail = format!("{}: no answer to {call} within {} s", made.host, DEADLINE.as_secs());
                Err(Fault::Cause(unreachable().detail(detail)))
            }
            Ok(Err(error)) => {
                self.failed(&error);
                Err(Fault::of(&error, call, &made.host))
            }
            Ok(Ok(value)) => Ok(value),
        }
    }

    /// A call or a watch failed: with what is read anew the next may do better.
    pub(crate) fn failed(&self, error: &kube::Error) {
        match error {
            // A file may hold a fresh token by now.
            kube::Error::Api(status) if status.code == 401 => self.forget(),
            kube::Error::Api(_) => {}
            _ => self.doubt(),
        }
    }

    /// Nobody answers: a file may name another host or authority by now.
    fn doubt(&self) {
        if self.0.credentials.may_change() {
            self.forget();
        }
    }

    fn kept(&self) -> Option<Made> {
        self.0.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn forget(&self) {
        *self.0.made.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn made(&self) -> Result<Made, Cause> {
        if let Some(made) = self.kept() {
            return Ok(made);
        }
        let wrong = |why: String| {
            let source = self.0.credentials.source();
            unreachable().hint(format!("check {source}")).detail(format!("{source}: {why}"))
        };
        // Only fails if another was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = self.0.credentials.config().await.map_err(|e| wrong(e.to_string()))?;
        let host: Arc<str> = config.cluster_url.to_string().trim_end_matches('/').into();
        let client = Client::try_from(config).map_err(|e| wrong(e.to_string()))?;
        let made = Made { client, host };
        *self.0.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        Ok(made)
    }
}

/// The seed's "Kubernetes client initialization failed".
pub(super) fn unreachable() -> Cause {
    Cause::new(Code::ClusterUnreachable, "The Kubernetes cluster cannot be reached.").passing()
}
