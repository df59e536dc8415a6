//! What relays are asked to look for in their workspaces.

use gaggle_core::port::LookError;
use gaggle_relay_protocol::{FINDS, Find, Found, FromServer, MOST_PATHS};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::timeout,
};

/// How long an answer may take, those to the questions before it included: a relay looks for two seconds at most.
const ANSWER: Duration = Duration::from_secs(5);

/// The questions of one link.
#[derive(Debug)]
pub(super) struct Finding {
    link: mpsc::Sender<FromServer>,
    /// A question keeps its place until the relay has answered, whether or not anybody waits for that.
    places: Arc<Semaphore>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    questions: HashMap<u64, Question>,
}

#[derive(Debug)]
struct Question {
    limit: usize,
    told: oneshot::Sender<Vec<String>>,
    _place: OwnedSemaphorePermit,
}

impl Finding {
    /// Of a link that this is written to.
    pub(super) fn new(link: mpsc::Sender<FromServer>) -> Self {
        Self { link, places: Arc::new(Semaphore::new(FINDS)), open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask(&self, wanted: &str, limit: usize) -> Result<Vec<String>, LookError> {
        let answer = async {
            let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| LookError::NotLinked)?;
            let written = self.link.reserve().await.map_err(|_| LookError::NotLinked)?;
            // Nothing is awaited until it is on its way: a question that nobody was asked would keep its place.
            self.put(place, written, wanted, limit)?.await.map_err(|_| LookError::NotLinked)
        };
        timeout(ANSWER, answer).await.unwrap_or(Err(LookError::NoAnswer))
    }

    fn put(
        &self,
        place: OwnedSemaphorePermit,
        written: mpsc::Permit<'_, FromServer>,
        wanted: &str,
        limit: usize,
    ) -> Result<oneshot::Receiver<Vec<String>>, LookError> {
        let mut open = self.open();
        if self.places.is_closed() {
            return Err(LookError::NotLinked);
        }
        let limit = limit.min(MOST_PATHS);
        let (told, answer) = oneshot::channel();
        open.last += 1;
        let question = open.last;
        open.questions.insert(question, Question { limit, told, _place: place });
        written.send(FromServer::Find(Find { question, wanted: wanted.to_owned(), limit }));
        Ok(answer)
    }

    /// What the relay says: its words are the agent's, so they are held to what was asked.
    pub(super) fn heard(&self, found: Found) {
        let Found { question, mut paths } = found;
        let Some(question) = self.open().questions.remove(&question) else { return };
        paths.truncate(question.limit);
        paths.retain(|path| gaggle_files::can_be_told(path));
        // Who asked may have left.
        let _ = question.told.send(paths);
    }

    /// Dropped, the link has ended, and every question with it.
    pub(super) fn until_parted(&self) -> Parting<'_> {
        Parting(self)
    }
}

/// Ends the questions of a link.
#[derive(Debug)]
pub(super) struct Parting<'a>(&'a Finding);

impl Drop for Parting<'_> {
    fn drop(&mut self) {
        let mut open = self.0.open();
        self.0.places.close();
        open.questions.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_gets_no_answer_is_told_so_in_time() {
        let (link, mut asked) = mpsc::channel(1);
        let finding = Finding::new(link);
        for _ in 0..FINDS {
            assert_eq!(finding.ask("a", 9).await, Err(LookError::NoAnswer));
            assert!(matches!(asked.recv().await, Some(FromServer::Find(_))));
        }
        // The relay has as many as it may have: no more is asked of it before it has answered one.
        assert_eq!(finding.ask("a", 9).await, Err(LookError::NoAnswer));
        assert!(asked.try_recv().is_err());
        finding.heard(Found { question: 1, paths: vec![] });
        let (told, ()) = tokio::join!(finding.ask("b", 9), async {
            let Some(FromServer::Find(asked)) = asked.recv().await else { panic!("nothing is asked") };
            finding.heard(Found { question: asked.question, paths: vec!["b".into()] });
        });
        assert_eq!(told, Ok(vec!["b".to_owned()]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_that_takes_nothing_costs_no_place() {
        let (link, mut asked) = mpsc::channel(1);
        link.send(FromServer::Ping).await.unwrap();
        let finding = Finding::new(link);
        for _ in 0..=FINDS {
            assert_eq!(finding.ask("a", 9).await, Err(LookError::NoAnswer));
        }
        assert_eq!(asked.recv().await, Some(FromServer::Ping));
        assert_eq!(finding.places.available_permits(), FINDS);
        drop(finding.until_parted());
        assert_eq!(finding.ask("a", 9).await, Err(LookError::NotLinked));
    }
}
