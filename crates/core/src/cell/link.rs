//! What comes in over the link to the project's relay.

use super::{Cell, State, taken_over};
use crate::{
    chat,
    error::Error,
    journal::BLOCK,
    lifecycle::after,
    port::{Admission, AgentFrame, Inbound, LinkCursor},
    service::UserEvent,
};
use gaggle_shared::EventBody;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::mpsc;

/// How long to wait before a frame that could not be stored is tried again.
const AGAIN: Duration = Duration::from_millis(200);

impl Cell {
    /// Lets the relay with this token in, and takes what it says from now on.
    pub(crate) async fn admit(self: &Arc<Self>, token_hash: [u8; 32]) {
        let received = {
            let mut state = self.state.lock().await;
            state.sent.clear();
            state.record.link.cursor.max(self.journal.cursor())
        };
        let epoch = self.record().lease.epoch;
        let inbound =
            self.engine.parts.gateway.admit(&self.id, Admission { token_hash, epoch, received }).await;
        let cell = self.clone();
        self.engine.spawn(async move { cell.listen(inbound).await });
    }

    async fn listen(self: Arc<Self>, mut inbound: mpsc::Receiver<Inbound>) {
        loop {
            let one = tokio::select! {
                biased;
                () = self.is_lost() => return,
                one = inbound.recv() => one,
            };
            let Some(one) = one else { return };
            // A frame is never given up: the store heals, or the server ends.
            while let Err(error) = self.take(&one).await {
                tracing::warn!(project.id = %self.id, %error, "what the agent said cannot be stored; trying again");
                let again = after(self.engine.parts.clock.now(), AGAIN);
                tokio::select! {
                    () = self.engine.parts.clock.sleep_until(again) => {}
                    () = self.engine.stopping() => return,
                    () = self.is_lost() => return,
                }
            }
        }
    }

    async fn take(self: &Arc<Self>, inbound: &Inbound) -> Result<(), Error> {
        match inbound.clone() {
            Inbound::Connected(link) => {
                self.linked.store(true, Ordering::Relaxed);
                self.went_away(None);
                let mut state = self.state.lock().await;
                if link.incarnation > state.record.link.cursor.incarnation {
                    state.sent.clear();
                }
                self.commit(&mut state, move |draft| {
                    chat::relay_connected(draft, &link);
                    Ok(())
                })
                .await
            }
            Inbound::Disconnected => {
                self.went_away(Some(self.engine.parts.clock.now()));
                self.wake.notify_one();
                Ok(())
            }
            Inbound::Missing { first } => {
                self.change(move |draft| {
                    chat::missing(draft, first);
                    Ok(())
                })
                .await
            }
            Inbound::Outdated { release } => {
                self.change(move |draft| {
                    chat::relay_outdated(draft, release);
                    Ok(())
                })
                .await
            }
            Inbound::Frame(frame) => self.frame(frame).await,
        }
    }

    async fn frame(self: &Arc<Self>, frame: AgentFrame) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        let streams = chat::streams(&frame.event);
        // The last one that decided may come again: its write took effect, and what it had the agent told was not said.
        let repeated = !streams && frame.cursor == state.record.link.cursor;
        if frame.cursor <= state.record.link.cursor.max(self.journal.cursor()) && !repeated {
            return Ok(());
        }
        if streams {
            return self.stream(&mut state, &frame).await;
        }
        // What came before it must be durable before what it decides is.
        self.journal.flush().await?;
        self.commit(&mut state, move |draft| {
            chat::decide(draft, frame);
            Ok(())
        })
        .await
    }

    /// Shows what streams at once; it is stored in groups.
    async fn stream(self: &Arc<Self>, state: &mut State, frame: &AgentFrame) -> Result<(), Error> {
        let now = self.engine.parts.clock.now();
        let bodies = chat::stream(&state.record, &state.answers, &frame.event, frame.source.as_ref(), now);
        if bodies.is_empty() {
            return Ok(());
        }
        self.note(state, bodies, Some(frame.cursor)).await?;
        if self.journal.crowded() {
            self.journal.flush().await?;
        }
        Ok(())
    }

    /// Shows events that change no record.
    pub(crate) async fn say(self: &Arc<Self>, bodies: Vec<EventBody>) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        self.note(&mut state, bodies.into_iter().map(|body| (body, None)).collect(), None).await
    }

    async fn note(
        self: &Arc<Self>,
        state: &mut State,
        bodies: Vec<(EventBody, Option<serde_json::Value>)>,
        cursor: Option<LinkCursor>,
    ) -> Result<(), Error> {
        if self.lost() {
            return Err(taken_over());
        }
        // Numbers are reserved durably before they are used; and given only then, for a write may have events of its own.
        while self.journal.last() + bodies.len() as u64 > state.record.reserved {
            let reserved = self.journal.last() + bodies.len() as u64 + BLOCK;
            self.commit(state, move |draft| {
                draft.record.reserved = draft.record.reserved.max(reserved);
                Ok(())
            })
            .await?;
        }
        let entries = self.number(bodies, self.engine.parts.clock.now());
        let mut quiet = true;
        for entry in &entries {
            state.hear(&entry.event.body, entry.event.at);
            if let Some(turn) = entry.event.body.turn_id() {
                state.answers.entry(turn.clone()).or_default().apply(&entry.event.body);
            }
            let text =
                matches!(entry.event.body, EventBody::MessageDelta { .. } | EventBody::MessageThought { .. });
            quiet &= text || matches!(entry.event.body, EventBody::ToolOutput { .. });
        }
        self.journal.publish(entries, cursor);
        if !quiet && self.engine.users.watched(&state.record.user) {
            let project = self.view(state);
            self.engine.users.publish(&state.record.user, UserEvent::Changed(Box::new(project)));
        }
        Ok(())
    }
}
