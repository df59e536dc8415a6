//! A command that was not carried out.

use super::{command_turn, gone, relay::not_written};
use crate::{
    chat::{self, turns::end_turn},
    draft::Draft,
    port::Refusal,
    record::TurnStage,
};
use gaggle_shared::{Code, Failure, StopReason, TurnId};

pub(super) fn refused(draft: &mut Draft<'_>, command: String, turn: Option<TurnId>, reason: Refusal) {
    let sent = |stage: &TurnStage| matches!(stage, TurnStage::Sent { .. } | TurnStage::Queued);
    let runs_not =
        command.starts_with("prompt:") || reason == Refusal::NotRunning && command.starts_with("cancel:");
    if let Some(id) = command_turn(&command).filter(|_| runs_not) {
        chat::abandon::stopped(draft, &id);
    }
    match (reason, turn) {
        (Refusal::Noted, Some(id)) => {
            if draft.record.turns.iter().any(|turn| turn.id == id && sent(&turn.stage)) {
                let failure = gone(
                    draft.now,
                    "the agent had this message when it was lost; what became of it is not known",
                    None,
                );
                end_turn(draft, &id, StopReason::Interrupted, Some(failure));
            }
        }
        (Refusal::NoAgent, turn) => {
            if let Some(id) = turn {
                not_written(draft, &id);
            }
            draft.resend.push(command);
        }
        (Refusal::Unknown, turn) => {
            let of = turn.or_else(|| command_turn(&command));
            if let Some(id) = of {
                let message =
                    "the project's relay is older than the server and does not know what it was told";
                let hint = Some("put the project to sleep and wake it: it gets a new relay then".into());
                let failure = Failure {
                    code: Code::Internal,
                    message: message.into(),
                    hint,
                    detail: Some(command),
                    since: draft.now,
                };
                end_turn(draft, &id, StopReason::Failed, Some(failure));
            }
        }
        (Refusal::NoRoom, Some(id)) => {
            let message = "the project's volume has no room for another turn".to_owned();
            let hint = Some("free some space on it, then send the message again".into());
            let failure = Failure { code: Code::StoreFull, message, hint, detail: None, since: draft.now };
            end_turn(draft, &id, StopReason::Failed, Some(failure));
        }
        (Refusal::NotRunning | Refusal::Noted | Refusal::NoRoom, _) => {}
    }
}
