use super::{Gaggle, approvals::boundary};
use crate::{
    port::{RuntimeError, StoreError},
    record::TurnStage,
};
use gaggle_shared::{Defaults, Info, Phase};

impl Gaggle {
    /// `GET /api/info`
    pub fn info(&self) -> Info {
        let config = &self.engine.config;
        let isolation = self.engine.parts.runtime.isolation();
        Info {
            version: config.version.clone(),
            instance: self.engine.instance.clone(),
            runtime: self.engine.parts.runtime.kind(),
            store: config.store_kind,
            provider: config.provider.clone(),
            model: config.model.clone(),
            demo: config.provider.is_none(),
            approvals: boundary(&isolation, config.reach),
            isolation,
            host: config.host.clone(),
            defaults: Defaults {
                mode: Some(config.mode),
                idle_timeout: Some(config.idle_timeout),
                permission_timeout: Some(config.permission_timeout),
                ..self.engine.parts.runtime.defaults()
            },
        }
    }

    /// Whether store and runtime can be reached.
    pub async fn ready(&self) -> (Result<(), StoreError>, Result<(), RuntimeError>) {
        tokio::join!(self.engine.parts.store.check(), self.engine.parts.runtime.check())
    }

    /// How many loaded projects are in each phase, and how many turns run and wait; for `/metrics`.
    pub fn gauges(&self) -> (Vec<(Phase, usize)>, usize, usize) {
        let phases = [
            Phase::Inactive,
            Phase::Activating,
            Phase::Active,
            Phase::Deactivating,
            Phase::Failed,
            Phase::Deleting,
        ];
        let records: Vec<_> = self.engine.loaded().iter().map(|cell| cell.record()).collect();
        let in_phase = |phase| records.iter().filter(|record| record.phase.phase() == phase).count();
        let stages = || records.iter().flat_map(|record| &record.turns).map(|turn| &turn.stage);
        let running = stages().filter(|stage| matches!(stage, TurnStage::Running { .. })).count();
        let waiting =
            stages().filter(|stage| matches!(stage, TurnStage::Queued | TurnStage::Sent { .. })).count();
        (phases.into_iter().map(|phase| (phase, in_phase(phase))).collect(), running, waiting)
    }
}
