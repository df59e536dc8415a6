use super::{Call, Gaggle, MessageQuery, Outcome, Wait};
use crate::error::Error;
use gaggle_shared::{CancelTurn, EditTurn, List, Message, ProjectId, SendMessage, SessionId, SteerTurn, Turn, TurnId, UserId};

impl Gaggle {
    /// Queues a message and waits for the end of its turn. A turn that ended `failed` or `interrupted` is an error
    /// that names the turn.
    pub async fn send_message(&self, call: &Call, user: &UserId, project: &ProjectId, body: SendMessage, wait: Wait) -> Result<Outcome<Turn>, Error> {
        unimplemented!()
    }

    /// The transcript, oldest first; `nextCursor` is the `before` of the page before this one.
    pub async fn messages(&self, call: &Call, user: &UserId, project: &ProjectId, query: &MessageQuery) -> Result<List<Message>, Error> {
        unimplemented!()
    }

    /// Turns, newest first.
    pub async fn turns(&self, call: &Call, user: &UserId, project: &ProjectId, session: Option<&SessionId>, before: Option<TurnId>, limit: usize) -> Result<List<Turn>, Error> {
        unimplemented!()
    }

    /// One turn; with a wait other than `Now`, `Pending` if it is not over by then.
    pub async fn turn(&self, call: &Call, user: &UserId, project: &ProjectId, turn: &TurnId, wait: Wait) -> Result<Outcome<Turn>, Error> {
        unimplemented!()
    }

    /// Changes the text of a waiting message.
    pub async fn edit_turn(&self, call: &Call, user: &UserId, project: &ProjectId, turn: &TurnId, body: EditTurn) -> Result<Turn, Error> {
        unimplemented!()
    }

    /// Takes back a waiting message: it ends as `cancelled`.
    pub async fn take_back_turn(&self, call: &Call, user: &UserId, project: &ProjectId, turn: &TurnId) -> Result<Turn, Error> {
        unimplemented!()
    }

    /// Adds to the running turn.
    pub async fn steer(&self, call: &Call, user: &UserId, project: &ProjectId, body: SteerTurn) -> Result<Turn, Error> {
        unimplemented!()
    }

    /// Stops the running turn and waits for its end.
    pub async fn cancel(&self, call: &Call, user: &UserId, project: &ProjectId, body: CancelTurn, wait: Wait) -> Result<Outcome<Turn>, Error> {
        unimplemented!()
    }
}
