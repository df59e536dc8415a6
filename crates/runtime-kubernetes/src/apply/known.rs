use crate::objects::Kind;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How long what was seen is believed: somebody may have changed it by hand.
const BELIEVED: Duration = Duration::from_secs(300);

/// What an object was when it was last written or seen to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// Which object of that name it was.
    pub uid: String,
    /// Of what was rendered.
    pub hash: String,
}

/// What is known of objects without asking the API server, by namespace. Only of projects that were used lately.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<String, Namespace>>);

type Namespace = HashMap<(Kind, String), (Seen, Instant)>;

impl Known {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Namespace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, namespace: &str, kind: Kind, name: &str) -> Option<Seen> {
        let known = self.lock();
        let (seen, at) = known.get(namespace)?.get(&(kind, name.to_owned()))?;
        (at.elapsed() < BELIEVED).then(|| seen.clone())
    }

    pub(super) fn put(&self, namespace: &str, kind: Kind, name: &str, seen: Seen) {
        let mut known = self.lock();
        let objects = known.entry(namespace.to_owned()).or_default();
        objects.retain(|_, (_, at)| at.elapsed() < BELIEVED);
        objects.insert((kind, name.to_owned()), (seen, Instant::now()));
    }

    pub(super) fn forget(&self, namespace: &str) {
        self.lock().remove(namespace);
    }

    pub(super) fn forget_one(&self, namespace: &str, kind: Kind, name: &str) {
        if let Some(objects) = self.lock().get_mut(namespace) {
            objects.remove(&(kind, name.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_seen_is_not_believed_for_ever() {
        let (known, seen) = (Known::default(), Seen { uid: "u".into(), hash: "h".into() });
        known.put("user-a", Kind::Service, "s", seen.clone());
        assert_eq!(known.get("user-a", Kind::Service, "s"), Some(seen));
        assert_eq!(known.get("user-b", Kind::Service, "s"), None);
        tokio::time::advance(BELIEVED).await;
        assert_eq!(known.get("user-a", Kind::Service, "s"), None);
    }
}
