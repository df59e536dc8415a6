use crate::scene::{alice, call, within};
use gaggle_core::{
    error::Error,
    service::{Gaggle, MessageQuery, Outcome, Wait},
};
use gaggle_shared::{
    DesiredState, Event, EventBody, Part, PermissionId, PermissionState, Phase, ProjectId, Role, SessionId,
    StopReason, Turn, TurnId, TurnState,
};
use serde::{Deserialize, Serialize};

/// Something that the server acknowledged, in the story's order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the story says what each of them is")]
pub enum Told {
    Created(ProjectId),
    Renamed,
    Activated,
    Queued { turn: TurnId },
    Ended { turn: TurnId, stop: Option<StopReason>, text: String },
    Steered,
    Edited { turn: TurnId },
    TakenBack { turn: TurnId },
    Answered { permission: PermissionId },
    SessionMade(SessionId),
    Titled(SessionId),
    Aside,
    SessionDeleted(SessionId),
    Deactivated,
    Whole,
    Deleted,
}

impl Told {
    pub(super) fn ended(turn: Turn) -> Self {
        Self::Ended { turn: turn.id, stop: turn.stop_reason, text: turn.text }
    }

    /// Fails if something of what was told is not there. The story may have gone one call further than was told.
    ///
    /// # Panics
    /// That.
    pub async fn all_kept(told: &[Self], gaggle: &Gaggle) {
        let Some(Self::Created(id)) = told.first() else {
            assert!(told.is_empty(), "it begins with a project: {told:?}");
            return;
        };
        for one in told {
            let kept = one.kept(gaggle, id, told).await;
            if !matches!(kept, Ok(true)) {
                assert!(told.contains(&Self::Whole), "acknowledged, and {kept:?}: {one:?} of {told:#?}");
                // A delete is asked for once all else was seen to be whole.
                return within(gone(gaggle, id)).await;
            }
        }
        assert!(!told.contains(&Self::Deleted), "what was deleted is there");
    }

    async fn kept(&self, gaggle: &Gaggle, id: &ProjectId, told: &[Self]) -> Result<bool, Error> {
        let project = gaggle.project(&call(), &alice(), id).await?;
        let session = |wanted: SessionId| async move {
            let sessions = gaggle.sessions(&call(), &alice(), id).await?.items;
            Ok::<_, Error>(sessions.into_iter().find(|session| session.id == wanted))
        };
        // What is asked for next may have been done.
        let next = |last: &Self| told.contains(last);
        Ok(match self {
            Self::Created(id) => project.id == *id,
            Self::Renamed => project.name.as_str() == "renamed",
            Self::Activated => {
                project.desired_state == DesiredState::Active
                    || told.iter().any(|one| matches!(one, Self::SessionDeleted(_)))
            }
            Self::Queued { turn } => {
                let turn = stored(gaggle, id, turn).await?;
                said(gaggle, id, &turn.prompt, Some(&turn.id)).await? == 1
            }
            Self::Ended { turn, stop, text } => {
                let turn = stored(gaggle, id, turn).await?;
                turn.state == TurnState::Ended && turn.stop_reason == *stop && turn.text == *text
            }
            Self::Steered => said(gaggle, id, "also", None).await? == 1,
            Self::Edited { turn } => stored(gaggle, id, turn).await?.prompt == "changed",
            Self::TakenBack { turn } => {
                stored(gaggle, id, turn).await?.stop_reason == Some(StopReason::Cancelled)
            }
            Self::Answered { permission } => {
                let all = gaggle.permissions(&call(), &alice(), Some(id), false, None, 50).await?.items;
                let one = all.iter().find(|one| one.id == *permission);
                one.is_some_and(|one| {
                    one.state == PermissionState::Answered && one.option_id.as_deref() == Some("allow_once")
                })
            }
            Self::SessionMade(made) => session(made.clone()).await?.is_some() || next(&Self::Aside),
            Self::Titled(made) => {
                let title = session(made.clone()).await?.and_then(|session| session.title);
                title.as_deref() == Some("aside") || next(&Self::Aside)
            }
            Self::SessionDeleted(made) => session(made.clone()).await?.is_none(),
            Self::Deactivated => {
                let page = gaggle.journal(&call(), &alice(), id, 0, 1000, Default::default()).await?;
                let slept = |event: &Event| {
                    matches!(event.body, EventBody::ProjectPhase { phase: Phase::Deactivating, .. })
                };
                page.items.iter().any(slept)
            }
            Self::Aside | Self::Whole | Self::Deleted => true,
        })
    }
}

/// Returns once it is deleted.
async fn gone(gaggle: &Gaggle, id: &ProjectId) {
    while gaggle.project(&call(), &alice(), id).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

async fn stored(gaggle: &Gaggle, id: &ProjectId, turn: &TurnId) -> Result<Turn, Error> {
    let (Outcome::Pending(turn) | Outcome::Done(turn)) =
        gaggle.turn(&call(), &alice(), id, turn, Wait::Now).await?;
    Ok(turn)
}

/// How often this was said to the agent.
async fn said(gaggle: &Gaggle, id: &ProjectId, text: &str, turn: Option<&TurnId>) -> Result<usize, Error> {
    let query = MessageQuery { limit: 50, ..Default::default() };
    let page = gaggle.messages(&call(), &alice(), id, &query).await?;
    let same = |message: &&gaggle_shared::Message| {
        message.role == Role::User
            && turn.is_none_or(|turn| message.turn_id == *turn)
            && message.parts == [Part::Text { text: text.into() }]
    };
    Ok(page.items.iter().filter(same).count())
}
