//! Calls the server, and carries frames to it and commands from it, over any number of breaks.

mod greet;
mod talk;

use crate::core::{Core, Ending, Wish};
use crate::find::Finder;
use crate::log::Log;
use crate::random;
use crate::stream::Boxed;
use gaggle_relay_protocol::Launch;
use greet::{Greeted, Welcomed};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use talk::Talk;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Error;

/// Pauses between calls grow up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// One attempt counts as at most so much time away, so that a sleeping laptop's hours do not.
const MOST_PER_ATTEMPT: Duration = Duration::from_secs(10);
/// Dialled connections that are greeted at once.
const DIALLED: usize = 8;

/// What the relay says of itself in every call.
#[derive(Debug, Clone)]
pub(crate) struct Introduction {
    /// Which start of a relay on the volume this is.
    pub incarnation: u64,
    /// Where health is answered, if that can be said in one address.
    pub endpoint: Option<String>,
}

/// Who calls.
#[derive(Debug)]
pub(crate) struct Home {
    pub launch: Arc<Launch>,
    pub core: Arc<Core>,
    pub log: Arc<Log>,
    pub me: Introduction,
    pub finder: Finder,
    /// The highest epoch obeyed so far.
    pub epoch: AtomicU64,
}

/// How a call ended.
#[derive(Debug)]
enum Called {
    /// Welcomed, and parted again.
    Talked(String),
    /// The server asked to call again.
    Later,
    /// The relay's time is over.
    Gone(String),
    /// No welcome.
    Failed(String),
}

impl Home {
    /// Calls home, and takes the connections that servers dial, until the relay's time is over; begins the
    /// relay's end, or Goose's rest, when the server stays away for too long.
    pub(crate) async fn keep_calling(self: Arc<Self>, dialled: mpsc::Receiver<Boxed>) {
        let patience = Duration::from_millis(self.launch.patience_ms);
        let mut away = Duration::ZERO;
        let mut pause = Duration::ZERO;
        let mut last_failure = String::new();
        let (greeted, mut answered) = mpsc::channel(1);
        tokio::spawn(self.clone().greet_dialled(dialled, greeted));
        let mut at_hand = None;
        loop {
            let began = Instant::now();
            let called = tokio::select! {
                biased;
                // The newest connection counts: the server has dialled because it misses us.
                Some(greeted) = answered.recv() => match greeted {
                    // Welcomed before a newer owner was: that one is called again instead.
                    Greeted::Welcomed(welcomed) if welcomed.epoch < self.epoch.load(Ordering::Relaxed) => continue,
                    Greeted::Welcomed(welcomed) => {
                        at_hand = Some(welcomed);
                        continue;
                    }
                    other => other.into(),
                },
                called = self.call(at_hand.take(), pause) => called,
            };
            pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
            match called {
                Called::Talked(why) => {
                    self.log.line(format_args!("the link to the server ended: {why}"));
                    // At once, unless the server parts as soon as it has met us.
                    pause = if began.elapsed() < FIRST_PAUSE { FIRST_PAUSE / 4 } else { Duration::ZERO };
                    away = Duration::ZERO;
                    last_failure.clear();
                }
                Called::Later => away = Duration::ZERO,
                Called::Gone(reason) => {
                    self.log.line(format_args!("the server says that our time is over: {reason}"));
                    self.core.end(Ending::Gone);
                    return;
                }
                Called::Failed(why) => {
                    // Once a cause, not once a second.
                    if why != last_failure {
                        self.log.line(format_args!("no link to the server: {why}"));
                        last_failure = why;
                    }
                    away += began.elapsed().min(MOST_PER_ATTEMPT);
                    if away >= patience {
                        if !self.lose_patience(patience) {
                            return;
                        }
                        away = Duration::ZERO;
                    }
                    pause = pause.min(patience.saturating_sub(away)).max(Duration::from_millis(1));
                }
            }
        }
    }

    /// True: the relay stays and goes on calling.
    fn lose_patience(&self, patience: Duration) -> bool {
        if self.core.wish() == Wish::Run {
            self.log.line(format_args!("the server stayed away for {} s", patience.as_secs()));
        }
        if self.launch.stay {
            self.core.rest();
        } else {
            self.core.end(Ending::Patience);
        }
        self.launch.stay
    }

    /// One call, or the conversation on a connection that was welcomed already.
    async fn call(&self, at_hand: Option<Box<Welcomed>>, pause: Duration) -> Called {
        let welcomed = match at_hand {
            Some(welcomed) => welcomed,
            None => {
                tokio::time::sleep(random::jitter(pause)).await;
                match self.greet().await {
                    Greeted::Welcomed(welcomed) => welcomed,
                    other => return other.into(),
                }
            }
        };
        let Welcomed { socket, epoch, received } = *welcomed;
        self.log.line(format_args!("linked to the server: epoch {epoch}, it has frames up to {received}"));
        // Also where a newer connection breaks this one off in the middle.
        let _parting = Parting(&self.core);
        match Talk::new(&self.core, &self.finder, socket).until_parted(received).await {
            Ok(reason) => Called::Gone(reason),
            Err(error) => Called::Talked(greet::describe(&error)),
        }
    }

    /// Greets every connection that is dialled; those that are not a server's are dropped.
    async fn greet_dialled(self: Arc<Self>, mut dialled: mpsc::Receiver<Boxed>, to: mpsc::Sender<Greeted>) {
        let places = Arc::new(Semaphore::new(DIALLED));
        // Whoever reaches the port can dial: once a cause, lest they fill the log.
        let last = Arc::new(Mutex::new(String::new()));
        while let Ok(place) = places.clone().acquire_owned().await
            && let Some(stream) = dialled.recv().await
        {
            let (home, to, last) = (self.clone(), to.clone(), last.clone());
            tokio::spawn(async move {
                match home.greet_on(stream).await {
                    Greeted::Failed(why) => {
                        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                        if *last != why {
                            home.log
                                .line(format_args!("a connection that somebody dialled is no use: {why}"));
                            *last = why;
                        }
                    }
                    greeted => drop(to.send(greeted).await),
                }
                drop(place);
            });
        }
    }
}

/// Dropped, the server listens no more.
#[derive(Debug)]
struct Parting<'a>(&'a Core);

impl Drop for Parting<'_> {
    fn drop(&mut self) {
        self.0.parted();
    }
}

impl From<Greeted> for Called {
    fn from(greeted: Greeted) -> Self {
        match greeted {
            Greeted::Later => Self::Later,
            Greeted::Gone(reason) => Self::Gone(reason),
            Greeted::Failed(why) => Self::Failed(why),
            // Whoever is welcomed talks; this arm is for the type's sake.
            Greeted::Welcomed(_) => Self::Talked(greet::describe(&Error::ConnectionClosed)),
        }
    }
}
