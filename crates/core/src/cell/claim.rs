//! Who has a project: taking it over, and having it no more.

use super::Cell;
use crate::{
    engine::Engine,
    error::Error,
    journal::{seal, whole},
    port::LinkCursor,
    record::ProjectRecord,
};
use gaggle_shared::{Code, Seq};

/// Takes a project over from the server that had it before, if it needs an eye or that server may still have something
/// of it in hand: raises the epoch, which ends the other's writes of the record, then seals the journal, which ends its
/// writes there. Gives the record as it is stored now, and the journal's end.
pub(super) async fn claim(
    engine: &Engine,
    mut record: ProjectRecord,
) -> Result<(ProjectRecord, (Seq, LinkCursor)), Error> {
    let store = &*engine.parts.store;
    let shared = store.shared();
    let end = store.journal_end(&record.id).await?;
    let mut open = shared && !whole(&record, end.0);
    if record.lease.owner != engine.owner && (record.unsettled() || open) {
        let now = engine.parts.clock.now();
        engine.own(&mut record);
        // The time while nobody could answer does not count; what passed before it does.
        for asking in record.waiting() {
            asking.permission.expires_at = crate::lifecycle::after(now, asking.left());
        }
        record.watch(now);
        // Nor does it towards a start: nobody could see that the agent had come up.
        record.resume_activation(now, engine.config.ready_timeout);
        record.generation += 1;
        store.replace(&record).await?;
        // What the other one stored meanwhile counts.
        open = shared;
    }
    let end = if open { seal(store, &record).await? } else { end };
    Ok((record, end))
}

impl Cell {
    /// Another server has the project now: nothing more of it is written, shown or told to its agent from here. The
    /// cell stays where it was, so that no stir of the agent makes this server take the project back.
    pub(crate) async fn lose(&self) {
        if self.lost.send_replace(true) {
            return;
        }
        tracing::warn!(project.id = %self.id, "another server has taken this project over");
        self.journal.discard().await;
        self.wake.notify_one();
    }

    /// Whether another server has it.
    pub(crate) fn lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Returns once another server has it.
    pub(crate) async fn is_lost(&self) {
        // The sender lives in `self`.
        let _ = self.lost.subscribe().wait_for(|lost| *lost).await;
    }
}

/// What callers get here.
pub(crate) fn taken_over() -> Error {
    Error::new(Code::StoreUnavailable, "another server has taken this project over")
        .hint("ask that server; this one has the project again once it is restarted")
}
