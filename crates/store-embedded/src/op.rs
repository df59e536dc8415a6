use crate::batch::Packed;
use crate::head::Filed;
use gaggle_core::port::StoreError;
use gaggle_shared::{InstanceId, ProjectId, Seq, SessionId, TurnId};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// One write, ready to be stored: what could be done outside the transaction is done.
#[derive(Debug)]
pub(crate) enum Op {
    /// The instance's id, unless there is one.
    Instance(InstanceId),
    /// Bytes under a name, unless there are some.
    Keep {
        name: String,
        bytes: Vec<u8>,
    },
    Create(Filed),
    Replace(Filed),
    Forget {
        project: ProjectId,
        generation: u64,
    },
    Append {
        project: ProjectId,
        batch: Packed,
    },
    Compact {
        project: ProjectId,
        batch: Packed,
    },
    Trim {
        project: ProjectId,
        before: Seq,
    },
    Turn {
        project: ProjectId,
        session: SessionId,
        turn: TurnId,
        json: Vec<u8>,
    },
    Erase {
        project: ProjectId,
        session: Option<SessionId>,
    },
    /// Nothing, but durably.
    Check,
}

impl Op {
    /// About how many bytes it stores.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Create(filed) | Self::Replace(filed) => filed.value.len(),
            Self::Append { batch, .. } | Self::Compact { batch, .. } => batch.len(),
            Self::Keep { bytes, .. } => bytes.len(),
            Self::Turn { json, .. } => json.len(),
            _ => 0,
        }
    }
}

/// A write that waits, and where its answer goes.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) op: Op,
    pub(crate) answer: oneshot::Sender<Result<(), StoreError>>,
    /// Its place among those that may wait; given back once it is answered.
    pub(crate) _place: OwnedSemaphorePermit,
}

/// What the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Store this.
    Write(Job),
    /// A reader found the file failing: open it again.
    Heal,
    /// See whether it is time to end.
    Wake,
    /// Wait until the other end is gone, so that a test can fill the queue.
    #[cfg(test)]
    Stall(std::sync::mpsc::Receiver<()>),
}
