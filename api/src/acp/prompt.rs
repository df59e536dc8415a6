//! `session/prompt`: an ordinary message, answered once its turn has ended.

use super::{
    client::{Client, HungUp},
    rpc::{self, RpcError},
    sessions::session_id,
    update,
};
use gaggle_core::{
    error::Error,
    service::{Call, Key, Outcome, Wait},
};
use gaggle_shared::{CancelTurn, Code, SendMessage, SessionId, Turn, TurnId, TurnState};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A prompt whose turn is not over.
#[derive(Debug)]
pub(super) struct Prompt {
    /// The request's.
    pub(super) id: Value,
    pub(super) turn: TurnId,
    pub(super) session: SessionId,
}

impl Client {
    /// Begins a turn; the inner error is the request's answer.
    pub(super) async fn prompt(
        &mut self,
        id: &Value,
        params: &Value,
    ) -> Result<Result<(), RpcError>, HungUp> {
        let begun = match self.begin(params).await {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error)),
        };
        let (turn, session) = (begun.id.clone(), begun.session_id.clone());
        self.prompts.push(Prompt { id: id.clone(), turn: turn.clone(), session: session.clone() });
        // A repeat under a key may be about a turn of long ago.
        if begun.state == TurnState::Ended {
            self.ended(&begun).await?;
            return Ok(Ok(()));
        }
        if let Some(attached) = self.sessions.get_mut(&session) {
            attached.shown.knows_prompt(&turn);
        }
        self.turns.insert(turn, session);
        Ok(Ok(()))
    }

    async fn begin(&self, params: &Value) -> Result<Turn, RpcError> {
        let session = session_id(params)?;
        let Some(attached) = self.sessions.get(&session) else {
            // Otherwise it would not hear what comes of it.
            self.session(&session).await?;
            return Err(RpcError::not_now("load this session first"));
        };
        let text = text(&params["prompt"])?;
        let call = Call { caller: self.place.call.caller.clone(), key: key(params, &text)? };
        let body = SendMessage { session_id: Some(session), mode: attached.wished, ..SendMessage::of(text) };
        let place = &self.place;
        let sent = self.app.gaggle.send_message(&call, &place.user, &place.project, body, Wait::Now).await?;
        let (Outcome::Done(turn) | Outcome::Pending(turn)) = sent;
        Ok(turn)
    }

    /// A turn is over: whoever waits for it is answered.
    pub(super) async fn ended(&mut self, turn: &Turn) -> Result<(), HungUp> {
        while let Some(index) = self.prompts.iter().position(|prompt| prompt.turn == turn.id) {
            let prompt = self.prompts.remove(index);
            let told = match update::outcome(turn) {
                Ok(result) => rpc::answer(&prompt.id, &result),
                Err(failure) => {
                    let error = match failure {
                        Some(failure) => Error::from_failure(failure, Some(turn.id.clone())),
                        None => Error::new(Code::AgentDisconnected, "the turn was interrupted"),
                    };
                    rpc::failed(&prompt.id, &error.into())
                }
            };
            self.send(&told).await?;
        }
        Ok(())
    }

    /// A turn cannot be read any more.
    pub(super) async fn failed(&mut self, turn: &TurnId, error: Error) -> Result<(), HungUp> {
        let error = RpcError::from(error);
        while let Some(index) = self.prompts.iter().position(|prompt| prompt.turn == *turn) {
            let prompt = self.prompts.remove(index);
            self.send(&rpc::failed(&prompt.id, &error)).await?;
        }
        Ok(())
    }

    /// `session/cancel`: the running turn, and what this client has waiting behind it.
    pub(super) async fn cancel(&mut self, params: &Value) {
        if let Ok(session) = session_id(params) {
            self.take_back(|prompt| prompt.session == session).await;
            self.stop(session).await;
        }
    }

    /// `$/cancel_request` of a prompt.
    pub(super) async fn cancel_request(&mut self, params: &Value) {
        let id = &params["requestId"];
        let Some(prompt) = self.prompts.iter().find(|prompt| prompt.id == *id) else { return };
        let session = prompt.session.clone();
        self.end(session, |prompt| prompt.id == *id).await;
    }

    /// Ends what this client has begun in a session, for it closes it.
    pub(super) async fn leave(&mut self, session: &SessionId) {
        self.end(session.clone(), |prompt| prompt.session == *session).await;
    }

    /// Ends these prompts of a session, and no turn of anybody else.
    async fn end(&self, session: SessionId, which: impl Fn(&Prompt) -> bool + Send) {
        let begun = self.take_back(which).await;
        for turn in begun {
            if self.is_under_way(turn).await {
                return self.stop(session).await;
            }
        }
    }

    /// Takes back what waits; gives what does not wait any more.
    async fn take_back(&self, which: impl Fn(&Prompt) -> bool + Send) -> Vec<&TurnId> {
        let place = &self.place;
        let mut begun = Vec::new();
        // The last first: taking back the first would let the next begin.
        for prompt in self.prompts.iter().rev() {
            if which(prompt) {
                let taken = self
                    .app
                    .gaggle
                    .take_back_turn(&place.call, &place.user, &place.project, &prompt.turn)
                    .await;
                if taken.is_err() {
                    begun.push(&prompt.turn);
                }
            }
        }
        begun
    }

    async fn is_under_way(&self, turn: &TurnId) -> bool {
        let place = &self.place;
        let turn = self.app.gaggle.turn(&place.call, &place.user, &place.project, turn, Wait::Now).await;
        matches!(turn, Ok(Outcome::Done(turn) | Outcome::Pending(turn)) if turn.state != TurnState::Ended)
    }

    async fn stop(&self, session: SessionId) {
        let place = &self.place;
        let body = CancelTurn { session_id: Some(session) };
        let stopped = self.app.gaggle.cancel(&place.call, &place.user, &place.project, body, Wait::Now).await;
        if let Err(error) = stopped
            && error.code != Code::NoRunningTurn
        {
            tracing::warn!(project = %place.project, %error, "a client's cancel could not be done");
        }
    }
}

/// `_meta.gaggle.idempotencyKey`: the same prompt under it runs once, also from another connection.
fn key(params: &Value, text: &str) -> Result<Option<Key>, RpcError> {
    let Some(key) = params.pointer("/_meta/gaggle/idempotencyKey") else { return Ok(None) };
    let good = |key: &&str| (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    let key = key.as_str().filter(good).ok_or_else(|| {
        RpcError::invalid("_meta.gaggle.idempotencyKey", "1 to 255 visible ASCII characters")
    })?;
    let body = format!("acp\n{}\n{text}", params["sessionId"]);
    let body = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some(Key { key: key.to_owned(), body }))
}

/// A prompt's blocks as one message: links by their names, the text of resources behind it.
fn text(blocks: &Value) -> Result<String, RpcError> {
    let Some(blocks) = blocks.as_array() else {
        return Err(RpcError::invalid("prompt", "a list of content blocks"));
    };
    let (mut text, mut behind) = (String::new(), String::new());
    for block in blocks {
        match block["type"].as_str() {
            Some("text") => text.push_str(block["text"].as_str().unwrap_or_default()),
            Some("resource_link") => {
                let uri = block["uri"].as_str().unwrap_or_default();
                let name = block["name"].as_str().unwrap_or(uri);
                text.push_str(&format!("[{name}]({uri})"));
            }
            Some("resource") => {
                let resource = &block["resource"];
                let uri = resource["uri"].as_str().unwrap_or_default();
                let Some(said) = resource["text"].as_str() else {
                    return Err(RpcError::invalid("prompt", "of a resource only the text is taken"));
                };
                text.push_str(&format!("[{uri}]"));
                behind.push_str(&format!("\n\n<context ref=\"{uri}\">\n{said}\n</context>"));
            }
            _ => return Err(RpcError::invalid("prompt", "text, resource_link and resource blocks only")),
        }
    }
    Ok(text + &behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_prompts_blocks_become_one_message() {
        let said = text(&json!([
            {"type": "text", "text": "look at "},
            {"type": "resource_link", "name": "a.rs", "uri": "file:///a.rs"},
            {"type": "text", "text": " and "},
            {"type": "resource", "resource": {"uri": "file:///b", "text": "inside"}},
            {"type": "text", "text": " please"},
        ]))
        .unwrap();
        assert_eq!(
            said,
            "look at [a.rs](file:///a.rs) and [file:///b] please\n\n<context ref=\"file:///b\">\ninside\n</context>"
        );
        for bad in [
            json!("hi"),
            json!([{"type": "image", "data": "", "mimeType": "image/png"}]),
            json!([{"type": "resource", "resource": {"uri": "x", "blob": "AA=="}}]),
        ] {
            assert!(text(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_visible_and_its_body_counts() {
        let params = |key: &str| json!({"sessionId": "s1", "_meta": {"gaggle": {"idempotencyKey": key}}});
        assert_eq!(key(&json!({}), "a").unwrap(), None);
        let one = key(&params("k"), "a").unwrap().unwrap();
        assert_eq!((one.key.as_str(), one.body.len()), ("k", 64));
        assert_ne!(key(&params("k"), "b").unwrap().unwrap().body, one.body);
        for bad in ["", "with space", "é"] {
            assert!(key(&params(bad), "a").is_err(), "{bad}");
        }
    }
}
