//! Messages as the page draws them: a signal per part, so that a word touches one node.

use crate::model::chat::Entry;
use gaggle_shared::{Failure, MessageId, MessageState, Part, Role, Time, TurnId};
use leptos::prelude::*;

/// What a message says about itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Head {
    pub(crate) turn_id: TurnId,
    pub(crate) role: Role,
    pub(crate) state: MessageState,
    pub(crate) failure: Option<Failure>,
    pub(crate) created_at: Time,
}

/// One part of a message.
#[derive(Clone)]
pub(crate) struct PartRow {
    pub(crate) index: usize,
    pub(crate) part: ArcRwSignal<Part>,
}

/// One message.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) id: MessageId,
    pub(crate) head: ArcRwSignal<Head>,
    pub(crate) parts: ArcRwSignal<Vec<PartRow>>,
}

impl Row {
    /// A row that shows this message.
    pub(crate) fn new(entry: &Entry) -> Self {
        let row = Self {
            id: entry.id.clone(),
            head: ArcRwSignal::new(head(entry)),
            parts: ArcRwSignal::new(Vec::new()),
        };
        row.sync(entry);
        row
    }

    /// Makes the row show the message as it is now; touches only what differs.
    pub(crate) fn sync(&self, entry: &Entry) {
        let new = head(entry);
        if *self.head.read_untracked() != new {
            self.head.set(new);
        }
        let shown = self.parts.read_untracked().len();
        for index in 0..shown.min(entry.parts().len()) {
            self.sync_part(entry, index);
        }
        if shown != entry.parts().len() {
            self.parts.update(|parts| {
                parts.truncate(entry.parts().len());
                for (index, part) in entry.parts().iter().enumerate().skip(parts.len()) {
                    parts.push(PartRow { index, part: ArcRwSignal::new(part.clone()) });
                }
            });
        }
    }

    /// Makes one part show what it is now.
    pub(crate) fn sync_part(&self, entry: &Entry, index: usize) {
        let signal = self.parts.read_untracked().get(index).map(|row| row.part.clone());
        match (signal, entry.parts().get(index)) {
            (Some(signal), Some(part)) => {
                if *signal.read_untracked() != *part {
                    signal.set(part.clone());
                }
            }
            (None, Some(_)) => self.sync(entry),
            _ => {}
        }
    }
}

fn head(entry: &Entry) -> Head {
    Head {
        turn_id: entry.turn_id.clone(),
        role: entry.role,
        state: entry.state,
        failure: entry.failure.clone(),
        created_at: entry.created_at,
    }
}
