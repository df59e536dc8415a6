use super::super::{App, problem::ApiError, sse};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use gaggle_core::service::{Call, LineStream, Outcome, Wait};
use gaggle_shared::{ProjectId, SendMessage, TurnId, TurnState, UserId};

/// Queues the message and answers with its turn's events, up to `turn.ended`. The message is acknowledged before
/// the stream begins, and its turn goes on when the reader leaves.
pub(super) async fn send(
    app: &App,
    call: &Call,
    user: &UserId,
    project: &ProjectId,
    body: SendMessage,
) -> Result<Response, ApiError> {
    // Where the journal ends before the message: its turn's events come after. A repeat under a key may be about
    // a turn of long ago, so it is looked for from the beginning; if it is over, what is kept of it is all.
    let after = match call.key {
        Some(_) => 0,
        None => app.gaggle.last_seq(call, user, project).await?,
    };
    let (Outcome::Done(turn) | Outcome::Pending(turn)) =
        app.gaggle.send_message(call, user, project, body, Wait::Now).await?;
    let lines = app.gaggle.turn_events(call, user, project, &turn.id, after).await?;
    let call = Call { caller: call.caller.clone(), key: None };
    let about = About { app: app.clone(), call, user: user.clone(), project: project.clone(), turn: turn.id };
    Ok(sse::response(app, Reader { lines, about, over: false }.frames()))
}

struct Reader {
    lines: LineStream,
    about: About,
    over: bool,
}

struct About {
    app: App,
    call: Call,
    user: UserId,
    project: ProjectId,
    turn: TurnId,
}

impl Reader {
    fn frames(self) -> impl Stream<Item = Bytes> + Send + 'static {
        stream::unfold(self, |mut reader| async move {
            if reader.over {
                return None;
            }
            let line = reader.lines.next().await?;
            // What a reset skipped may have held the end.
            reader.over = line.kind == "turn.ended" || (line.kind == "reset" && reader.about.ended().await);
            Some((sse::line(&line), reader))
        })
    }
}

impl About {
    async fn ended(&self) -> bool {
        let turn = self.app.gaggle.turn(&self.call, &self.user, &self.project, &self.turn, Wait::Now).await;
        match turn {
            Ok(Outcome::Done(turn) | Outcome::Pending(turn)) => turn.state == TurnState::Ended,
            Err(_) => true,
        }
    }
}
