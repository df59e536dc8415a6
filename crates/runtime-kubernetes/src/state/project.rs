use super::{ClaimView, DeploymentView, Note, PodView, ServiceView, SetView};
use k8s_openapi::NamespaceResourceScope;
use kube::Resource;
use serde::de::DeserializeOwned;
use std::{fmt::Debug, sync::Arc};

/// How many events of a project are remembered.
const NOTES: usize = 24;

/// A kind of object that is watched.
pub trait Kind:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + DeserializeOwned
    + Clone
    + Debug
    + Send
    + Sync
    + 'static
{
    /// What is kept of it.
    type View: Debug + Clone + PartialEq + Send + Sync;
    /// RBAC's plural.
    const RESOURCE: &'static str;
    /// Cuts it down; none: it is of no interest, as if it were not there.
    fn view(self) -> Option<Self::View>;
    /// Where it is kept.
    fn table(project: &mut Project) -> &mut Table<Self::View>;
}

/// Where an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Box<str>,
}

/// The objects of one kind of one project: mostly one.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<V>(Vec<Row<V>>);

#[derive(Debug, Clone, PartialEq)]
struct Row<V> {
    key: Key,
    version: u64,
    round: u32,
    view: V,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V: PartialEq> Table<V> {
    /// What is there.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Key, &V)> {
        self.0.iter().map(|row| (&row.key, &row.view))
    }

    /// What is there, without where.
    pub fn views(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.0.iter().map(|row| &row.view)
    }

    /// Nothing is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts it there unless something newer is; true: something has changed.
    pub(super) fn put(&mut self, key: Key, version: u64, round: u32, view: V) -> bool {
        if let Some(row) = self.0.iter_mut().find(|row| row.key == key) {
            row.round = round;
            // Versions are comparable as numbers (and will be so by promise from Kubernetes 1.35 on).
            if version != 0 && version <= row.version {
                return false;
            }
            row.version = version;
            let changed = row.view != view;
            row.view = view;
            return changed;
        }
        self.0.reserve_exact(1);
        self.0.push(Row { key, version, round, view });
        true
    }

    /// Takes it away unless it is newer than that; true: it was there.
    pub(super) fn take(&mut self, key: &Key, version: u64) -> bool {
        let before = self.0.len();
        self.0.retain(|row| row.key != *key || (version != 0 && row.version > version));
        self.0.len() != before
    }

    /// Takes away what a whole list no longer had; true: something went.
    pub(super) fn settle(&mut self, round: u32) -> bool {
        let before = self.0.len();
        self.0.retain(|row| row.round == round);
        self.0.len() != before
    }
}

/// All that is known of a project's objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Project {
    /// Deployments: one, unless somebody made it two.
    pub deployments: Table<DeploymentView>,
    /// ReplicaSets that wish or have pods.
    pub sets: Table<SetView>,
    /// Pods.
    pub pods: Table<PodView>,
    /// Claims.
    pub claims: Table<ClaimView>,
    /// Services.
    pub services: Table<ServiceView>,
    /// The last events, oldest first.
    pub notes: Vec<Note>,
}

impl Project {
    /// Nothing of it is there.
    pub fn is_empty(&self) -> bool {
        self.deployments.is_empty()
            && self.sets.is_empty()
            && self.pods.is_empty()
            && self.claims.is_empty()
            && self.services.is_empty()
    }

    /// Somebody wishes that it runs.
    pub fn wished(&self) -> bool {
        self.deployments.views().any(|deployment| deployment.replicas > 0 && !deployment.ending)
    }

    /// The pods of which something may still run.
    pub fn alive(&self) -> impl DoubleEndedIterator<Item = (&Key, &PodView)> {
        self.pods.iter().filter(|(_, pod)| !pod.finished())
    }

    /// The newest pod that shall run.
    pub fn current(&self) -> Option<(&Key, &PodView)> {
        self.alive().filter(|(_, pod)| pod.ending.is_none()).max_by_key(|(_, pod)| pod.created)
    }

    /// Where its objects are.
    pub fn namespace(&self) -> Option<&Arc<str>> {
        let deployments = self.deployments.iter().map(|(key, _)| key);
        let pods = self.pods.iter().map(|(key, _)| key);
        let claims = self.claims.iter().map(|(key, _)| key);
        let services = self.services.iter().map(|(key, _)| key);
        deployments.chain(pods).chain(claims).chain(services).map(|key| &key.namespace).next()
    }

    /// What is said of an object, oldest first.
    pub fn notes_of<'a>(&'a self, kind: &'a str, name: &'a str) -> impl DoubleEndedIterator<Item = &'a Note> {
        self.notes.iter().filter(move |note| &*note.kind == kind && &*note.name == name)
    }

    /// Remembers an event in place of its older self; false: it was known.
    pub(super) fn note(&mut self, note: Note) -> bool {
        if let Some(at) = self.notes.iter().position(|known| known.uid == note.uid) {
            if self.notes[at].count >= note.count && self.notes[at].last >= note.last {
                return false;
            }
            self.notes.remove(at);
        }
        if self.notes.len() >= NOTES {
            self.notes.remove(0);
        }
        self.notes.push(note);
        true
    }
}
