use crate::{
    client::{Call, Connection, Fault, Verb},
    labels,
    state::{Kind, Project, World},
};
use gaggle_shared::{InstanceId, ProjectId};
use k8s_openapi::api::{
    apps::v1::{Deployment, ReplicaSet},
    core::v1::{Event, PersistentVolumeClaim, Pod, Service},
};
use kube::{Api, api::ListParams, core::ObjectList};

/// How many events of a namespace are looked through.
const EVENTS: u32 = 500;

/// Reads from the API server, when the watches cannot be believed and before anything is destroyed.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    connection: Connection,
    instance: InstanceId,
}

impl Live {
    pub(super) fn new(connection: Connection, instance: InstanceId) -> Self {
        Self { connection, instance }
    }

    /// All that there is of a project, wherever it is.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn project(&self, id: &ProjectId) -> Result<Project, Fault> {
        let (deployments, sets, pods, claims, services) = tokio::join!(
            self.list::<Deployment>(id),
            self.list::<ReplicaSet>(id),
            self.list::<Pod>(id),
            self.list::<PersistentVolumeClaim>(id),
            self.list::<Service>(id),
        );
        let mut world = World::new(self.instance.clone());
        add(&mut world, deployments?);
        add(&mut world, sets?);
        add(&mut world, pods?);
        // Without these it can still be said what runs.
        claims.into_iter().for_each(|list| add(&mut world, list));
        services.into_iter().for_each(|list| add(&mut world, list));
        let namespace = world.project(id).and_then(Project::namespace).map(ToString::to_string);
        if let Some(namespace) = namespace.filter(|_| world.project(id).is_some_and(Project::wished)) {
            for event in self.events(&namespace).await.into_iter().flatten() {
                world.note(event.into());
            }
        }
        Ok(world.project(id).cloned().unwrap_or_default())
    }

    /// The pods and ReplicaSets of a project.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) async fn pods(&self, id: &ProjectId) -> Result<Project, Fault> {
        let (sets, pods) = tokio::join!(self.list::<ReplicaSet>(id), self.list::<Pod>(id));
        let mut world = World::new(self.instance.clone());
        add(&mut world, sets?);
        add(&mut world, pods?);
        Ok(world.project(id).cloned().unwrap_or_default())
    }

    async fn list<K: Kind>(&self, id: &ProjectId) -> Result<ObjectList<K>, Fault> {
        let params = ListParams::default().labels(&labels::project_selector(&self.instance, id));
        let call = Call { verb: Verb::List, resource: K::RESOURCE, namespace: "" };
        self.connection.call(call, async |client| Api::<K>::all(client).list(&params).await).await
    }

    /// Why something does not come up often stands in them alone; without them there is less to say.
    async fn events(&self, namespace: &str) -> Option<Vec<Event>> {
        let params = ListParams::default().limit(EVENTS);
        let call = Call { verb: Verb::List, resource: "events", namespace };
        let run = async |client| Api::<Event>::namespaced(client, namespace).list(&params).await;
        let mut events = self.connection.call(call, run).await.ok()?.items;
        events.sort_by_key(|event| event.last_timestamp.as_ref().map(|time| time.0));
        Some(events)
    }
}

fn add<K: Kind>(world: &mut World, list: ObjectList<K>) {
    list.items.into_iter().for_each(|object| {
        world.apply(object, 0);
    });
}
