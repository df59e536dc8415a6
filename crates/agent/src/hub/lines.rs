use super::line::{Line, Over};
use gaggle_core::port::{Admission, Inbound};
use gaggle_shared::ProjectId;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::sync::mpsc;

/// Who may call. Tokens are known by their SHA-256 only: how long a look-up takes says nothing about a token.
#[derive(Debug, Default)]
pub(super) struct Lines {
    by_project: HashMap<ProjectId, Arc<Line>>,
    by_token: HashMap<[u8; 32], Arc<Line>>,
    /// Turned away for good before `ready`; from then on every token that nobody admitted is.
    gone: HashSet<[u8; 32]>,
    /// Broken off, and not yet admitted again.
    broken: HashMap<ProjectId, [u8; 32]>,
    ready: bool,
}

/// What a token means.
#[derive(Debug)]
pub(super) enum Known {
    /// The relay of this line.
    Admitted(Arc<Line>),
    /// Nobody's any more.
    Gone,
    /// Not known yet.
    Later,
}

impl Lines {
    pub(super) fn of(&self, project: &ProjectId) -> Option<&Arc<Line>> {
        self.by_project.get(project)
    }

    pub(super) fn know(&self, token: &[u8; 32]) -> Known {
        match self.by_token.get(token) {
            // The core does not listen any more, or not yet again.
            Some(line) if line.unheard() => Known::Later,
            Some(line) => Known::Admitted(Arc::clone(line)),
            None if self.broken.values().any(|broken| broken == token) => Known::Later,
            None if self.ready || self.gone.contains(token) => Known::Gone,
            None => Known::Later,
        }
    }

    pub(super) fn admit(
        &mut self,
        project: &ProjectId,
        admission: &Admission,
        inbound: mpsc::Sender<Inbound>,
    ) -> Arc<Line> {
        let token = admission.token_hash;
        if let Some(old) = self.remove(project) {
            // The same token: its relay is to call again. Another: its time is over.
            let same = old.token == token;
            old.end(if same { Over::Again } else { Over::Gone("a newer activation took over") });
            if !same && !self.ready {
                self.gone.insert(old.token);
            }
        }
        self.gone.remove(&token);
        self.broken.remove(project);
        let line = Arc::new(Line::new(project.clone(), admission, inbound));
        self.by_token.insert(token, Arc::clone(&line));
        self.by_project.insert(project.clone(), Arc::clone(&line));
        line
    }

    pub(super) fn dismiss(&mut self, project: &ProjectId) {
        self.broken.remove(project);
        let Some(line) = self.remove(project) else { return };
        if !self.ready {
            self.gone.insert(line.token);
        }
        line.end(Over::Gone("the project does not need it any more"));
    }

    /// The admission ends, and the relay is told `later` until the project is admitted again.
    pub(super) fn break_off(&mut self, project: &ProjectId) {
        if let Some(line) = self.remove(project) {
            self.broken.insert(project.clone(), line.token);
            line.end(Over::Again);
        }
    }

    pub(super) fn ready(&mut self) {
        self.ready = true;
        self.gone.clear();
    }

    pub(super) fn clear(&mut self) {
        for (_, line) in self.by_project.drain() {
            line.end(Over::Again);
        }
        self.by_token.clear();
    }

    fn remove(&mut self, project: &ProjectId) -> Option<Arc<Line>> {
        let line = self.by_project.remove(project)?;
        self.by_token.remove(&line.token);
        Some(line)
    }
}
