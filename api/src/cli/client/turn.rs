use super::{Client, Failed, Frame, Frames, segment};
use crate::cli::exit;
use gaggle_shared::{Event, EventBody, ProjectId, SendMessage, Seq, StopReason, Turn, TurnId, TurnState};
use reqwest::Method;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a lost server is called again: its agents go on without it for about as long.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_secs(1);

/// Told of a turn's events as they come.
pub(in crate::cli) trait Watch {
    /// The next event, none of them twice.
    async fn event(&mut self, event: &Event) -> Result<(), Failed>;
}

/// Sends a message and follows its turn to the end, over breaks and restarts of the server.
pub(in crate::cli) async fn follow(
    client: &Client,
    project: &ProjectId,
    message: &SendMessage,
    watch: &mut impl Watch,
) -> Result<Turn, Failed> {
    let mut following = Following { client, project, last: 0, turn: None, ended: None };
    // Under a key, a message that is sent again after a break is the same message.
    let key = format!("cli-{:032x}", rand::random::<u128>());
    let mut calling = Instant::now();
    loop {
        let heard = following.last;
        let request = following.request(message, &key);
        match client.send(request).await {
            Ok(response) => following.take(response, watch).await?,
            Err(failed) if !failed.is(exit::NO_SERVER) => return Err(failed),
            Err(failed) if following.turn.is_none() || calling.elapsed() > PATIENCE => return Err(failed),
            Err(_) => {}
        }
        if let Some(turn) = following.ended.take() {
            return over(turn);
        }
        if following.last > heard {
            calling = Instant::now();
        } else if calling.elapsed() > PATIENCE {
            return Err(Failed::new(
                exit::NO_SERVER,
                "the server was away for too long; the turn may still go on",
            ));
        }
        // The server is being restarted: nothing tells when it is back.
        sleep(PAUSE).await;
    }
}

/// A turn that failed is an error here as it is there.
fn over(turn: Turn) -> Result<Turn, Failed> {
    match turn.stop_reason {
        Some(StopReason::Failed | StopReason::Interrupted) => {
            let failure = turn.failure.as_ref();
            let message = failure.map_or("the turn was interrupted", |failure| failure.message.as_str());
            let failed = Failed::new(exit::TURN_FAILED, message);
            Err(match failure.and_then(|failure| failure.hint.as_deref()) {
                Some(hint) => failed.hint(hint),
                None => failed,
            })
        }
        _ => Ok(turn),
    }
}

struct Following<'a> {
    client: &'a Client,
    project: &'a ProjectId,
    last: Seq,
    turn: Option<TurnId>,
    ended: Option<Turn>,
}

impl Following<'_> {
    fn request(&self, message: &SendMessage, key: &str) -> reqwest::RequestBuilder {
        let path = |rest: String| self.client.path(&format!("/{}{rest}", segment(self.project.as_str())));
        let request = match &self.turn {
            None => {
                let request = self.client.request(Method::POST, &path("/messages".into()));
                request.header("Idempotency-Key", key).json(message)
            }
            Some(turn) => {
                let rest = format!("/events?after={}&turnId={turn}", self.last);
                self.client.request(Method::GET, &path(rest))
            }
        };
        request.header("Accept", "text/event-stream")
    }

    /// Takes in a stream; how it ends is seen by what it brought.
    async fn take(&mut self, response: reqwest::Response, watch: &mut impl Watch) -> Result<(), Failed> {
        let mut frames = Frames::new(response);
        while let Ok(Some(frame)) = frames.next().await {
            let Some(event) = read(&frame) else { continue };
            if event.seq <= self.last {
                continue;
            }
            self.last = event.seq;
            self.turn = self.turn.take().or_else(|| event.body.turn_id().cloned());
            watch.event(&event).await?;
            match event.body {
                EventBody::TurnEnded { turn } => self.ended = Some(turn),
                // What was skipped may have held the end.
                EventBody::Reset { .. } => self.ended = self.look().await,
                _ => {}
            }
            if self.ended.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The turn, if it is over.
    async fn look(&self) -> Option<Turn> {
        let path = format!("/{}/turns/{}", segment(self.project.as_str()), self.turn.as_ref()?);
        let turn: Turn = self.client.get(&self.client.path(&path)).await.ok()?;
        (turn.state == TurnState::Ended).then_some(turn)
    }
}

fn read(frame: &Frame) -> Option<Event> {
    // An event of a newer server that this build does not know.
    serde_json::from_str(&frame.data).ok()
}
