use super::{
    Action, Call, Config, Gaggle, Outcome, Parts, Wait,
    access::{deleting, remember, repeat, writable},
};
use crate::{
    chat,
    engine::Engine,
    error::Error,
    lifecycle::{fail_waiting, sweep},
    record::{ACTIVATE, ACTIVATED, PhaseState, ProjectRecord, TurnStage},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use gaggle_shared::{Code, DesiredState, Failure, InstanceId, Phase, Project, ProjectId, StopReason, UserId};
use std::time::Duration;

impl Gaggle {
    /// Opens the store's instance. Nothing runs yet.
    ///
    /// # Errors
    /// The store.
    pub async fn open(parts: Parts, config: Config) -> Result<Self, Error> {
        let proposal = InstanceId::new(parts.clock.now(), parts.entropy.ten());
        let instance = parts.store.instance(proposal).await?;
        Ok(Self { engine: Engine::new(parts, config, instance) })
    }

    /// Repairs what a crash left, takes up every project that needs an eye, and begins to reconcile. Returns once
    /// all of them are known, so that relays may call.
    ///
    /// # Errors
    /// The store.
    pub async fn start(&self) -> Result<(), Error> {
        let mut after: Option<ProjectId> = None;
        loop {
            let ids = self.engine.parts.store.unsettled(after.as_ref(), 256).await?;
            let Some(last) = ids.last() else { break };
            after = Some(last.clone());
            stream::iter(ids)
                .map(|id| async move { self.engine.load(&id).await.map(drop) })
                .buffer_unordered(16)
                .try_collect::<()>()
                .await?;
        }
        self.engine.parts.gateway.ready();
        sweep::watch(&self.engine);
        Ok(())
    }

    /// Ends the streams and the reconciler. With `end_agents` (Ctrl-C of a local server) every agent is stopped
    /// first; running turns end as `interrupted`, and projects stay wished as they are.
    pub async fn shutdown(&self, end_agents: bool) {
        self.engine.stop();
        let cells = self.engine.loaded();
        let ends = cells.iter().map(|cell| async move {
            if end_agents && cell.record().link.workload {
                if let Err(error) = self.engine.parts.runtime.stop(&cell.id, Duration::from_secs(2)).await {
                    tracing::warn!(project.id = %cell.id, %error, "an agent could not be ended");
                    return;
                }
                self.engine.parts.gateway.dismiss(&cell.id).await;
                let ended = cell.change(|draft| {
                    let failure = Failure {
                        code: Code::AgentDisconnected,
                        message: "the agent was ended with the server".into(),
                        hint: Some("send the message again if its work is not done".into()),
                        detail: None,
                        since: draft.now,
                    };
                    chat::interrupt_running(draft, &failure);
                    draft.record.link.workload = false;
                    draft.record.link.agent_start = None;
                    Ok(())
                });
                if let Err(error) = ended.await {
                    tracing::warn!(project.id = %cell.id, %error, "the end of an agent could not be stored");
                }
            }
        });
        stream::iter(ends).buffer_unordered(16).collect::<()>().await;
        for cell in self.engine.loaded() {
            if let Err(error) = cell.journal.flush().await {
                tracing::warn!(project.id = %cell.id, %error, "the end of the journal could not be stored");
            }
            cell.journal.close();
        }
    }

    /// Wishes it active, and waits until it can chat.
    ///
    /// # Errors
    /// `project_not_found`, `project_deleting`; the cause why it cannot.
    pub async fn activate(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        wait: Wait,
    ) -> Result<Outcome<Project>, Error> {
        let cell = self.cell(call, Action::Run, user, project).await?;
        let asked = call.clone();
        let answered = cell
            .change(move |draft| {
                writable(draft)?;
                if let Some(made) = repeat(draft, &asked, ACTIVATE)? {
                    return Ok(made == ACTIVATED);
                }
                draft.wish_active();
                remember(draft, &asked, ACTIVATE, "");
                if matches!(draft.record.phase, PhaseState::Active { .. }) {
                    draft.record.answer_activations();
                }
                Ok(false)
            })
            .await?;
        if answered {
            return Ok(Outcome::Done(cell.project().await));
        }
        let over =
            self.waited(wait, cell.until(|record| activation_over(record).is_some())).await.transpose()?;
        match over.map(|record| activation_over(&record).unwrap_or(Ok(()))) {
            Some(Ok(())) => Ok(Outcome::Done(cell.project().await)),
            Some(Err(error)) => Err(error),
            None => Ok(Outcome::Pending(cell.project().await)),
        }
    }

    /// Wishes it asleep, and waits until nothing of it runs.
    ///
    /// # Errors
    /// `project_not_found`, `project_deleting`; what keeps it from stopping, while it is tried again.
    pub async fn deactivate(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        wait: Wait,
    ) -> Result<Outcome<Project>, Error> {
        let cell = self.cell(call, Action::Run, user, project).await?;
        let asked = call.clone();
        cell.change(move |draft| {
            writable(draft)?;
            if repeat(draft, &asked, "deactivate")?.is_none() {
                put_to_sleep(draft);
                remember(draft, &asked, "deactivate", "");
            }
            Ok(())
        })
        .await?;
        let over =
            self.waited(wait, cell.until(|record| deactivation_over(record).is_some())).await.transpose()?;
        match over.map(|record| deactivation_over(&record).unwrap_or(Ok(()))) {
            Some(Ok(())) => Ok(Outcome::Done(cell.project().await)),
            Some(Err(error)) => Err(error),
            None => Ok(Outcome::Pending(cell.project().await)),
        }
    }
}

/// The wish to sleep, with what it does to turns.
fn put_to_sleep(draft: &mut crate::draft::Draft<'_>) {
    draft.record.desired = DesiredState::Inactive;
    if matches!(draft.record.phase, PhaseState::Failed { .. }) && !draft.record.link.workload {
        draft.record.phase = PhaseState::Inactive;
        draft.record.failure = None;
    }
    let running = draft.record.turns.iter().filter(|turn| matches!(turn.stage, TurnStage::Running { .. }));
    for id in running.map(|turn| turn.id.clone()).collect::<Vec<_>>() {
        chat::stop(draft, &id, StopReason::Cancelled);
    }
    fail_waiting(draft);
}

fn activation_over(record: &ProjectRecord) -> Option<Result<(), Error>> {
    let failed = || record.failure.as_ref().map(|failure| Err(Error::from_failure(failure, None)));
    match (record.desired, record.phase.phase()) {
        (DesiredState::Deleted, _) => Some(Err(deleting())),
        (DesiredState::Active, Phase::Active) => Some(Ok(())),
        // The cause may pass and the wish stays; only this caller is told.
        (DesiredState::Active, Phase::Activating) => failed(),
        (DesiredState::Active, _) => None,
        (DesiredState::Inactive, Phase::Failed) => failed(),
        (DesiredState::Inactive, _) => {
            Some(Err(Error::new(Code::ProjectDeactivated, "somebody put the project to sleep meanwhile")))
        }
    }
}

fn deactivation_over(record: &ProjectRecord) -> Option<Result<(), Error>> {
    match (record.desired, record.phase.phase()) {
        (DesiredState::Deleted, _) => Some(Err(deleting())),
        (DesiredState::Inactive, Phase::Inactive | Phase::Failed) if !record.link.workload => Some(Ok(())),
        (DesiredState::Inactive, Phase::Deactivating) => {
            record.failure.as_ref().map(|failure| Err(Error::from_failure(failure, None)))
        }
        (DesiredState::Inactive, _) => None,
        // Somebody woke it again: it was asleep or will not be; either way this wish is over.
        (DesiredState::Active, _) => Some(Ok(())),
    }
}
