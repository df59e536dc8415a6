//! What a relay and its server say to each other.
//!
//! The relay dials the server's agent listener (`GET /relay`, WebSocket, subprotocol `gaggle-relay.v1`,
//! `Authorization: Bearer <home token>`); every message is one JSON text frame. The project is known by the
//! token alone: nothing a relay says can name another.
//!
//! ```text
//! relay                                   server
//!   │── hello {protocol, incarnation, …} ──▶│  refuses lower incarnations than it has seen
//!   │◀── welcome {epoch, received} ─────────│  the relay refuses lower epochs than it has seen
//!   │── frame {n, …} for n > received ─────▶│  in order, each once; kept in the spool until acknowledged
//!   │◀── ack {n} ───────────────────────────│  once all frames up to n are durable at the server
//!   │◀── command {id, …} ───────────────────│  repeated after a break until `done`; known ids are dropped
//!   │── done {id} ─────────────────────────▶│
//! ```
//!
//! Beyond loopback the listener speaks TLS 1.3 and the relay trusts one certificate, by its hash
//! ([`Launch::home_cert`]). Where a relay cannot reach its server, the server dials the relay's own port and
//! asks it to call back on that connection: `GET /relay` with `Upgrade: gaggle-relay.v1`, answered by `101`.
//! From there on all is as if the relay had called home over that connection: it begins TLS as the client,
//! checks the certificate's hash, and shows its token inside. So both have proved who they are before a word
//! is said, and whoever else dials learns nothing.
//!
//! Within protocol 1, unknown fields are ignored and unknown commands are answered with a
//! [`Note::Refused`] frame, so that neighbouring releases work together. Other messages that are not known are passed over:
//! what needs an answer is asked only of a relay that said in its hello that it answers.

mod command;
mod find;
mod frame;
mod launch;
mod pass;
mod probe;

pub use command::{Command, CommandBody};
pub use find::{FINDS, Find, Found, MOST_PATHS};
pub use frame::{Frame, Note, Payload};
pub use launch::{Launch, Model};
pub use pass::{CLIENTS, LONGEST_TEXT, Pass, WINDOW};
pub use probe::{Probe, Probed};

use gaggle_shared::ProjectId;
use serde::{Deserialize, Serialize};

/// The version that this build speaks.
pub const PROTOCOL: u32 = 1;

/// The oldest version that this build still understands.
pub const OLDEST_PROTOCOL: u32 = 1;

/// The WebSocket subprotocol, and the name of the upgrade by which a server dials a relay.
pub const SUBPROTOCOL: &str = "gaggle-relay.v1";

/// The path of the agent listener, and of a relay's port where a server dials it.
pub const PATH: &str = "/relay";

/// Longest message either side accepts, in bytes.
pub const MAX_MESSAGE: usize = 32 * 1024 * 1024;

/// What a relay's last words hold when it refuses a volume for its file system; there is no link to say it over.
pub const ON_NFS: &str = "is on NFS";

/// What a relay sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum FromRelay {
    /// The first message of every connection.
    Hello(Hello),
    /// The next entry of the numbered stream.
    Frame(Frame),
    /// The command was taken (or was known already): it need not be sent again.
    Done {
        /// The command's id.
        id: String,
    },
    /// Answers a `ping`; carries nothing.
    Pong,
    /// What came of a `probe`. Not part of the numbered stream: who calls again is asked again.
    Probed(Probed),
    /// Of another ACP client.
    Pass(Pass),
    /// Answers a `find`. Not part of the numbered stream: a link's questions end with it.
    Found(Found),
}

/// What a server sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum FromServer {
    /// Answers `hello`: go on after frame `received`.
    Welcome {
        /// The owner's epoch; a relay obeys only the highest it has seen.
        epoch: u64,
        /// The highest frame of this incarnation that is durable at the server.
        received: u64,
    },
    /// Answers `hello`: this relay's time is over (a newer incarnation, a deleted or sleeping project).
    /// The relay ends Goose and itself.
    Gone {
        /// Why, for the log.
        reason: String,
    },
    /// The server cannot read its store now: keep going and call again.
    Later,
    /// All frames up to `n` are durable: the spool may drop them.
    Ack {
        /// A frame's number.
        n: u64,
    },
    /// Do this.
    Command(Command),
    /// Say `pong`.
    Ping,
    /// Try, beside all else, which of these addresses can be reached from here, and say `probed`.
    Probe(Probe),
    /// To another ACP client, or that there may be some.
    Pass(Pass),
    /// Look, beside all else, for these files of the workspace, and say `found`.
    Find(Find),
}

/// How a relay introduces itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// The highest version it speaks.
    pub protocol: u32,
    /// Its release, for people.
    pub version: String,
    /// Raised under the volume's lock at each start of a relay: of two, the higher is the living one.
    pub incarnation: u64,
    /// The highest epoch it has obeyed.
    pub epoch: u64,
    /// The first frame still in its spool, or `last + 1`.
    pub first: u64,
    /// The last frame it numbered; 0 before the first.
    pub last: u64,
    /// Its process id on its host.
    pub pid: u32,
    /// Where it answers `/health` and `/livez`.
    pub endpoint: Option<String>,
    /// The folder that Goose works in, as Goose sees it: `session/new`'s `cwd`.
    pub workspace: String,
    /// What it believes it serves: for a log line, never for a decision.
    pub project: Option<ProjectId>,
    /// True: the server stayed away for longer than the patience, Goose was ended for that, and is started
    /// again by [`CommandBody::Start`] only.
    #[serde(default)]
    pub resting: bool,
    /// True: it answers [`FromServer::Find`]. Relays of releases that do not know it leave it out, and are not asked.
    #[serde(default)]
    pub finds: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_does_not_say_that_it_finds_does_not() {
        let mut hello = json!({"type": "hello", "protocol": 1, "version": "0.1.0", "incarnation": 1, "epoch": 0,
            "first": 1, "last": 0, "pid": 7, "endpoint": null, "workspace": "/w", "project": null});
        let finds = |hello: &serde_json::Value| match serde_json::from_value(hello.clone()).unwrap() {
            FromRelay::Hello(hello) => hello.finds,
            other => panic!("{other:?}"),
        };
        assert!(!finds(&hello));
        hello["finds"] = true.into();
        hello["whatComesLater"] = 1.into();
        assert!(finds(&hello));
    }

    #[test]
    fn a_question_and_its_answer_are_these_words() {
        let find = FromServer::Find(Find { question: 3, wanted: "a".into(), limit: 9 });
        let words = json!({"type": "find", "question": 3, "wanted": "a", "limit": 9});
        assert_eq!(serde_json::to_value(find).unwrap(), words);
        let found = FromRelay::Found(Found { question: 3, paths: vec!["b/a".into()] });
        assert_eq!(
            serde_json::to_value(found).unwrap(),
            json!({"type": "found", "question": 3, "paths": ["b/a"]})
        );
    }
}
