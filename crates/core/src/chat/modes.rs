//! A mode that the agent has changed by itself.

use crate::{draft::Draft, record::TurnStage};
use gaggle_shared::{EventBody, Mode};
use serde_json::Value;

/// It is shown, and stays for the turns to come; what a person has wished meanwhile is set before the next one. While
/// a turn is prepared the agent only says what it was told, or how it was when it was loaded.
pub(super) fn changed(draft: &mut Draft<'_>, agent_session: &str, mode: Mode, source: Option<Value>) {
    let record = &mut draft.record;
    let theirs = record.sessions.iter_mut().find(|one| one.agent_session.as_deref() == Some(agent_session));
    let Some(session) = theirs else { return };
    let mut live = record.turns.iter().filter(|turn| turn.session == session.id);
    let prepared = live
        .find(|turn| !matches!(turn.stage, TurnStage::Ended { .. }))
        .is_some_and(|turn| !matches!(turn.stage, TurnStage::Running { .. }));
    let Some(ready) = session.ready.as_mut().filter(|_| !prepared) else { return };
    let was = ready.mode.replace(mode);
    let wished = session.mode.or(record.settings.mode).unwrap_or(draft.config.mode);
    if was == Some(mode) || was != Some(wished) {
        return;
    }
    session.mode = Some(mode);
    session.wish += 1;
    let id = session.id.clone();
    if let Some(session) =
        draft.record.session(&id).map(|one| crate::service::session_view(&draft.record, one))
    {
        draft.bodies.push((EventBody::SessionChanged { session }, source));
    }
}
