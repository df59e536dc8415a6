use super::{Key, Kind, Note, Project};
use crate::labels;
use gaggle_shared::{InstanceId, ProjectId};
use kube::ResourceExt as _;
use std::{collections::HashMap, sync::Arc};

/// All projects of our instance that have anything in the cluster.
#[derive(Debug)]
pub struct World {
    instance: InstanceId,
    projects: HashMap<ProjectId, Project>,
}

impl World {
    /// Nothing is known yet.
    pub fn new(instance: InstanceId) -> Self {
        Self { instance, projects: HashMap::new() }
    }

    /// What is known of a project.
    pub fn project(&self, id: &ProjectId) -> Option<&Project> {
        self.projects.get(id)
    }

    /// Every project of which something is there.
    pub fn ids(&self) -> impl Iterator<Item = &ProjectId> {
        self.projects.iter().filter(|(_, project)| !project.is_empty()).map(|(id, _)| id)
    }

    /// Every project and what is known of it.
    pub fn projects(&self) -> impl Iterator<Item = (&ProjectId, &Project)> {
        self.projects.iter()
    }

    /// An object is there, as seen in this round of listing. Here and below: whose something has changed.
    pub fn apply<K: Kind>(&mut self, object: K, round: u32) -> Option<ProjectId> {
        let (id, key, version) = self.place(&object)?;
        match object.view() {
            None => self.take::<K>(id, &key, version),
            Some(view) => {
                let project = self.projects.entry(id.clone()).or_default();
                K::table(project).put(key, version, round, view).then_some(id)
            }
        }
    }

    /// An object is gone.
    pub fn remove<K: Kind>(&mut self, object: &K) -> Option<ProjectId> {
        let (id, key, version) = self.place(object)?;
        self.take::<K>(id, &key, version)
    }

    /// A round of listing is complete: what it did not have is gone.
    pub fn settle<K: Kind>(&mut self, round: u32) -> Vec<ProjectId> {
        let mut touched = Vec::new();
        self.projects.retain(|id, project| {
            if K::table(project).settle(round) {
                touched.push(id.clone());
            }
            !project.is_empty()
        });
        touched
    }

    /// An event; touches a project if it is about one and new.
    pub fn note(&mut self, note: Note) -> Option<ProjectId> {
        let id = self.owner(&note)?;
        let project = self.projects.get_mut(&id)?;
        // The notes of sleeping projects are nobody's concern.
        let awake = project.wished() || project.alive().next().is_some();
        if !awake {
            project.notes = Vec::new();
        }
        project.note(note).then_some(id)
    }

    /// Whose an event is: by the name of what it regards, which carries the project's id, in a namespace in which
    /// that project has objects.
    fn owner(&self, note: &Note) -> Option<ProjectId> {
        let rest = note.name.strip_prefix("proj-")?;
        let ends = rest.match_indices(['-', '.']).map(|(at, _)| &rest[..at]);
        ends.filter_map(|id| ProjectId::parse(id).ok()).find(|id| {
            let project = self.projects.get(id);
            project.and_then(Project::namespace).is_some_and(|namespace| **namespace == *note.namespace)
        })
    }

    fn take<K: Kind>(&mut self, id: ProjectId, key: &Key, version: u64) -> Option<ProjectId> {
        let project = self.projects.get_mut(&id)?;
        let went = K::table(project).take(key, version);
        if project.is_empty() {
            self.projects.remove(&id);
        }
        went.then_some(id)
    }

    /// Only what carries our labels is ours, whatever was asked for.
    fn place<K: Kind>(&self, object: &K) -> Option<(ProjectId, Key, u64)> {
        let id = project_of(object, &self.instance)?;
        let namespace = object.meta().namespace.as_deref()?;
        let known =
            self.projects.get(&id).and_then(Project::namespace).filter(|known| ***known == *namespace);
        let namespace: Arc<str> = known.map_or_else(|| namespace.into(), Arc::clone);
        let version = object.resource_version().and_then(|text| text.parse().ok()).unwrap_or_default();
        Some((id, Key { namespace, name: object.name_any().into() }, version))
    }
}

/// The project whose object it is, if it is one of ours.
fn project_of<K: kube::Resource>(object: &K, instance: &InstanceId) -> Option<ProjectId> {
    let known = object.meta().labels.as_ref()?;
    let of = |label: &str| known.get(label).map(String::as_str);
    let ours = of(labels::INSTANCE) == Some(instance.as_str())
        && of(labels::MANAGED_BY) == Some(labels::MANAGED_BY_VALUE);
    ProjectId::parse(of(labels::PROJECT).filter(|_| ours)?).ok()
}

#[cfg(test)]
mod tests;
