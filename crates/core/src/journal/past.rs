//! What is kept of a turn that is over.

use super::Journal;
use crate::service::{Line, LineStream};
use futures_util::{StreamExt, stream};
use gaggle_shared::{Event, EventBody, Seq, TurnId};
use std::{collections::VecDeque, sync::Arc};

/// So many events are read at once.
const PAGE: usize = 1000;

struct Past {
    journal: Arc<Journal>,
    turn: TurnId,
    /// The last seq read.
    at: Seq,
    page: VecDeque<Event>,
    over: bool,
}

impl Journal {
    /// The events after `after` of a turn that is over, up to its end; where that was dropped for room a `reset` is
    /// the last. Nothing more is waited for.
    pub(crate) fn past(self: &Arc<Self>, turn: TurnId, after: Seq) -> LineStream {
        let past = Past { journal: self.clone(), turn, at: after, page: VecDeque::new(), over: false };
        stream::unfold(past, |mut past| async move { past.next().await.map(|line| (line, past)) }).boxed()
    }
}

impl Past {
    async fn next(&mut self) -> Option<Arc<Line>> {
        while !self.over {
            let Some(event) = self.page.pop_front() else {
                let end = self.journal.last();
                match self.journal.page(self.at, PAGE).await {
                    Ok(page) => self.page = page.into_iter().map(|entry| entry.event).collect(),
                    Err(error) => {
                        tracing::warn!(project.id = %self.journal.project, %error, "a reader of a turn could not be served");
                        return None;
                    }
                }
                if self.page.is_empty() {
                    self.over = true;
                    let body = EventBody::Reset { reason: super::read::DROPPED.into() };
                    let reset = Event { seq: end, at: self.journal.clock.now(), body };
                    return Some(Arc::new(super::line(&reset)));
                }
                continue;
            };
            self.at = event.seq;
            if event.body.turn_id() == Some(&self.turn) {
                self.over = matches!(event.body, EventBody::TurnEnded { .. });
                return Some(Arc::new(super::line(&event)));
            }
        }
        None
    }
}
