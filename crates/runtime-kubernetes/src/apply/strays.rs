//! All of a project that no record knows, whatever it is called.

use super::{
    Applier, FOUND_BY, all,
    remove::Going,
    write::{api, call},
};
use crate::{
    client::{Fault, Verb},
    labels,
    names::ProjectNames,
    objects::Kind,
};
use futures_util::future::join_all;
use gaggle_shared::{ProjectId, Removed};
use kube::{
    api::{Patch, PatchParams},
    core::ObjectMeta,
};
use serde_json::json;
use std::collections::BTreeSet;

/// An object that carries our instance's label and a project's.
#[derive(Debug, Clone)]
pub(crate) struct Stray {
    pub(crate) kind: Kind,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) meta: ObjectMeta,
}

impl Stray {
    /// What is kept for a day.
    pub(crate) fn holds_data(&self) -> bool {
        self.kind == Kind::PersistentVolumeClaim
    }
}

impl Applier {
    /// A project's objects by their labels, by live reads. What is not listed (Secrets never are) is looked for by its
    /// name, in these namespaces and wherever something else is.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn strays(
        &self,
        project: &ProjectId,
        mut namespaces: BTreeSet<String>,
    ) -> Result<Vec<Stray>, Fault> {
        let selector = labels::project_selector(&self.config.instance, project);
        let mut found = Vec::new();
        let lists = join_all(FOUND_BY.map(|kind| self.list(kind, &selector))).await;
        for (kind, list) in FOUND_BY.into_iter().zip(lists) {
            found.extend(list?.into_iter().filter_map(|meta| {
                let (namespace, name) = (meta.namespace.clone()?, meta.name.clone()?);
                Some(Stray { kind, namespace, name, meta })
            }));
        }
        namespaces.extend(found.iter().map(|stray| stray.namespace.clone()));
        for namespace in namespaces {
            let names = ProjectNames::within(namespace.clone(), project);
            let (kind, name) = (Kind::Secret, names.secret());
            if let Some(live) = self.live(kind, &namespace, &name).await? {
                found.push(Stray { kind, namespace: namespace.clone(), name, meta: live.meta });
            }
        }
        found.retain(|stray| self.is_ours(&stray.meta));
        Ok(found)
    }

    /// Removes these and waits until they are gone. What says where the project is goes last.
    ///
    /// # Errors
    /// [`Fault`]; `volume_failed` (passing) if something does not go.
    pub(crate) async fn remove_strays(
        &self,
        strays: &[&Stray],
        receipt: &mut Vec<Removed>,
    ) -> Result<(), Fault> {
        let (last, first): (Vec<&Stray>, Vec<&Stray>) =
            strays.iter().partition(|stray| FOUND_BY.contains(&stray.kind));
        for group in [first, last] {
            let told = group.iter().map(|stray| self.delete(stray.kind, &stray.namespace, &stray.name));
            let told = join_all(told).await;
            let going = || {
                group
                    .iter()
                    .zip(&told)
                    .filter_map(|(stray, told)| Some((stray, told.as_ref().ok()?.as_ref()?)))
            };
            for (stray, going) in going() {
                self.known.forget(&stray.namespace);
                let one = Going::removed(going);
                if !receipt.contains(&one) {
                    receipt.push(one);
                }
            }
            all(join_all(going().map(|(stray, going)| self.gone(&stray.namespace, going))).await)?;
            told.into_iter().collect::<Result<Vec<_>, _>>()?;
        }
        Ok(())
    }

    /// Writes an annotation at one of them, and nothing else.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn mark(&self, stray: &Stray, value: &str) -> Result<(), Fault> {
        let Stray { kind, namespace, name, meta } = stray;
        let patch =
            Patch::Merge(json!({"metadata": {"uid": meta.uid, "annotations": {labels::ORPHAN: value}}}));
        let params = PatchParams { field_manager: Some(MARKER.to_owned()), ..PatchParams::default() };
        let written = self.connection.call(call(Verb::Patch, *kind, namespace), async |client| {
            api(client, *kind, namespace).patch_metadata(name, &params, &patch).await
        });
        written.await.map(drop)
    }
}

/// Who marks: not who applies, so that an apply takes no mark away.
const MARKER: &str = "gaggle-orphans";
