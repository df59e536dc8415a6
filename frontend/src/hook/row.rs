//! Messages as the page draws them: a signal per part, so that a word touches one node.

use crate::model::chat::{
    Entry,
    fold::{Group, groups, last_tool},
};
use gaggle_shared::{Failure, MessageId, MessageState, Part, Role, StopReason, Time, TurnId, Usage};
use leptos::prelude::*;

/// What a message says about itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Head {
    pub(crate) turn_id: TurnId,
    pub(crate) role: Role,
    pub(crate) state: MessageState,
    pub(crate) failure: Option<Failure>,
    pub(crate) created_at: Time,
    pub(crate) stop_reason: Option<StopReason>,
    pub(crate) ended_at: Option<Time>,
    pub(crate) usage: Option<Usage>,
}

/// One part of a message.
#[derive(Clone)]
pub(crate) struct PartRow {
    pub(crate) part: ArcRwSignal<Part>,
}

/// One message.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) id: MessageId,
    pub(crate) head: ArcRwSignal<Head>,
    pub(crate) parts: ArcRwSignal<Vec<PartRow>>,
    /// Which parts stand together.
    pub(crate) groups: ArcRwSignal<Vec<Group>>,
    /// Its last tool.
    pub(crate) last_tool: ArcRwSignal<Option<usize>>,
}

impl Row {
    /// A row that shows this message.
    pub(crate) fn new(entry: &Entry) -> Self {
        let row = Self {
            id: entry.id.clone(),
            head: ArcRwSignal::new(head(entry)),
            parts: ArcRwSignal::new(Vec::new()),
            groups: ArcRwSignal::new(Vec::new()),
            last_tool: ArcRwSignal::new(None),
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
                for part in entry.parts().iter().skip(parts.len()) {
                    parts.push(PartRow { part: ArcRwSignal::new(part.clone()) });
                }
            });
        }
        self.regroup(entry);
    }

    /// Groups change only with tools and with the number of parts.
    fn regroup(&self, entry: &Entry) {
        let growing = entry.state == MessageState::Streaming;
        let new = groups(entry.parts(), growing);
        if *self.groups.read_untracked() != new {
            self.groups.set(new);
        }
        let last = last_tool(entry.parts());
        if *self.last_tool.read_untracked() != last {
            self.last_tool.set(last);
        }
    }

    /// Makes one part show what it is now.
    pub(crate) fn sync_part(&self, entry: &Entry, index: usize) {
        let signal = self.parts.read_untracked().get(index).map(|row| row.part.clone());
        match (signal, entry.parts().get(index)) {
            (Some(signal), Some(part)) if *signal.read_untracked() != *part => {
                signal.set(part.clone());
                if matches!(part, Part::Tool { .. }) {
                    self.regroup(entry);
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
        stop_reason: entry.stop_reason,
        ended_at: entry.ended_at,
        usage: entry.usage.clone(),
    }
}
