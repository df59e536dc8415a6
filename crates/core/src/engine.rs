//! What all projects of one server share: the world behind its traits, the loaded projects, the users' streams.

mod users;
mod view;

pub(crate) use users::{Begin, Numbered, Users};

use crate::{
    cell::{Cell, taken_over},
    error::Error,
    lifecycle::{Limits, driver, line::Line, orphans::Orphans},
    record::ProjectRecord,
    service::{Config, Parts},
};
use gaggle_shared::{Code, InstanceId, ProjectId};
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OnceCell, Semaphore, watch};

/// One server.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) parts: Parts,
    pub(crate) config: Arc<Config>,
    pub(crate) instance: InstanceId,
    /// Names this run of this server in leases.
    pub(crate) owner: String,
    pub(crate) users: Users,
    /// How many activations may be under way.
    pub(crate) activations: Arc<Semaphore>,
    /// Those that wait to be given their objects.
    pub(crate) line: Line,
    /// What no record knows.
    pub(crate) orphans: Orphans,
    cells: Mutex<HashMap<ProjectId, Arc<OnceCell<Arc<Cell>>>>>,
    stop: watch::Sender<bool>,
}

impl Engine {
    pub(crate) fn new(parts: Parts, config: Config, instance: InstanceId) -> Arc<Self> {
        let mut boot = [0; 8];
        parts.entropy.fill(&mut boot);
        let owner = format!("{}/{:016x}", config.server, u64::from_be_bytes(boot));
        Arc::new(Self {
            users: Users::new(u64::from_be_bytes(boot)),
            activations: Arc::new(Semaphore::new(config.activations.max(1))),
            line: Line::default(),
            parts,
            config: Arc::new(config),
            instance,
            owner,
            orphans: Orphans::default(),
            cells: Mutex::default(),
            stop: watch::Sender::new(false),
        })
    }

    /// The plan's limits.
    pub(crate) fn limits(&self) -> Limits {
        Limits { idle: self.config.idle_timeout, ready: self.config.ready_timeout }
    }

    /// Runs something beside the requests, until it ends or the server does.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }

    /// Returns once the server shuts down.
    pub(crate) async fn stopping(&self) {
        // An error means that the engine is gone, which is the same.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// Ends drivers and streams.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Marks a record as written by this server; a change of owner raises the epoch.
    pub(crate) fn own(&self, record: &mut ProjectRecord) {
        if record.lease.owner != self.owner {
            record.lease.owner.clone_from(&self.owner);
            record.lease.epoch += 1;
        }
    }

    /// The loaded projects.
    pub(crate) fn loaded(&self) -> Vec<Arc<Cell>> {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.values().filter_map(|slot| slot.get().cloned()).collect()
    }

    /// The project, if it is loaded.
    pub(crate) fn peek(&self, id: &ProjectId) -> Option<Arc<Cell>> {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.get(id).and_then(|slot| slot.get().cloned())
    }

    /// Reads a project's record without loading it.
    pub(crate) async fn read(&self, id: &ProjectId) -> Result<Option<Arc<ProjectRecord>>, Error> {
        match self.peek(id).filter(|cell| !cell.lost()) {
            Some(cell) => Ok(Some(cell.record())),
            None => Ok(self.parts.store.load(id).await?.map(Arc::new)),
        }
    }

    /// Loads a project, takes it over, and has it driven from now on.
    /// It goes on if the caller goes away: half-loaded would be leaked.
    pub(crate) async fn load(self: &Arc<Self>, id: &ProjectId) -> Result<Arc<Cell>, Error> {
        if let Some(cell) = self.peek(id) {
            return if cell.lost() { Err(taken_over()) } else { Ok(cell) };
        }
        let (engine, id) = (self.clone(), id.clone());
        let task = tokio::spawn(async move { engine.load_now(&id).await });
        task.await.unwrap_or_else(|error| {
            Err(Error::new(Code::Internal, format!("a loading did not end: {error}")))
        })
    }

    async fn load_now(self: &Arc<Self>, id: &ProjectId) -> Result<Arc<Cell>, Error> {
        let slot = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            cells.entry(id.clone()).or_default().clone()
        };
        let opened = slot.get_or_try_init(|| async {
            let record = self.parts.store.load(id).await?;
            let record =
                record.ok_or_else(|| Error::new(Code::ProjectNotFound, "there is no such project"))?;
            let (unsettled, link) = (record.unsettled(), record.link.clone());
            let cell = Cell::open(self.clone(), record).await?;
            if unsettled && let Err(error) = cell.take_up().await {
                cell.journal.close();
                return Err(error);
            }
            if let Some(hash) = link.token_hash.filter(|_| link.workload).and_then(|hash| from_hex(&hash)) {
                cell.admit(hash).await;
            }
            let driven = cell.clone();
            self.spawn(async move { driver::drive(driven).await });
            Ok::<_, Error>(cell)
        });
        match opened.await {
            Ok(cell) => Ok(cell.clone()),
            Err(error) => {
                let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
                if cells.get(id).is_some_and(|slot| slot.get().is_none() && Arc::strong_count(slot) <= 2) {
                    cells.remove(id);
                }
                Err(error)
            }
        }
    }

    /// Lets go of a project that is at rest, placed or not, and that nobody but its driver and its link uses.
    pub(crate) fn unload(&self, cell: &Arc<Cell>, held: usize) -> bool {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        // Who loads it right now holds the slot.
        let unused = Arc::strong_count(cell) <= held
            && cells.get(&cell.id).is_some_and(|slot| Arc::strong_count(slot) == 1);
        // What is stored may not be what is known: its driver looks.
        let known = !cell.in_doubt();
        let idle =
            unused && known && cell.journal.readers() == 0 && cell.journal.quiet() && cell.record().rests();
        if idle {
            cells.remove(&cell.id);
            cell.journal.close();
        }
        idle
    }

    /// Forgets a project that is gone.
    pub(crate) fn drop_cell(&self, id: &ProjectId) {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

/// What callers get who wait while the server ends.
pub(crate) fn shutting_down() -> Error {
    Error::new(Code::StoreUnavailable, "the server is shutting down").hint("try again in a moment")
}

/// 32 bytes from 64 hex digits.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Lower-case hex digits.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
