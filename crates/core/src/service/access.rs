//! Who may do what, and what every call does first.

use super::{Call, Gaggle, Wait};
use crate::{
    cell::Cell,
    draft::Draft,
    error::Error,
    lifecycle::after,
    record::{IdempotencyEntry, ProjectRecord},
};
use gaggle_shared::{Caller, Code, DesiredState, ProjectId, UserId};
use std::{future::Future, sync::Arc, time::Duration};

/// How long an idempotency key is remembered.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// So many keys a project remembers at most: they stand in its record, which is written with every change.
const KEYS: usize = 4096;

/// What a caller wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Look.
    Read,
    /// Make, change or delete a project.
    Manage,
    /// Wake it or put it to sleep.
    Run,
    /// Talk to its agent.
    Chat,
    /// Give a conversation another mode, model or title, or delete it.
    Arrange,
    /// Answer its questions.
    Approve,
}

impl Action {
    /// What it is called in [`Caller::may`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Manage => "manage",
            Self::Run => "run",
            Self::Chat => "chat",
            Self::Arrange => "arrange",
            Self::Approve => "approve",
        }
    }
}

/// Whether a caller may do this to a project (none: to the user's list). Today people may do anything, and who has only
/// a project's key may not do what would answer for people.
///
/// # Errors
/// `forbidden`.
pub fn authorize(caller: &Caller, action: Action, _project: Option<&ProjectRecord>) -> Result<(), Error> {
    if caller.may.iter().any(|may| may == "*" || may == action.name()) {
        return Ok(());
    }
    Err(Error::new(Code::Forbidden, format!("{} may not do this ({})", caller.name, action.name()))
        .hint("a person can, on the page or by the API"))
}

impl Gaggle {
    /// The user must be one of ours.
    pub(super) fn user(&self, call: &Call, action: Action, user: &UserId) -> Result<(), Error> {
        if !self.engine.config.users.iter().any(|one| one.id == *user) {
            return Err(Error::new(Code::UserNotFound, "there is no such user"));
        }
        authorize(&call.caller, action, None)
    }

    /// The record of a user's project; what is missing, deleted or another's is not found.
    pub(super) async fn find(
        &self,
        call: &Call,
        action: Action,
        user: &UserId,
        project: &ProjectId,
    ) -> Result<Arc<ProjectRecord>, Error> {
        let record = self.find_any(call, action, user, project).await?;
        match (&record.tombstone, action) {
            (None, _) => Ok(record),
            // For a day it is known that it was here: writes are told why they cannot be, reads find nothing.
            (Some(_), Action::Read) => Err(not_found()),
            (Some(_), _) => Err(deleting()),
        }
    }

    /// As `find`, tombstones too.
    pub(super) async fn find_any(
        &self,
        call: &Call,
        action: Action,
        user: &UserId,
        project: &ProjectId,
    ) -> Result<Arc<ProjectRecord>, Error> {
        self.user(call, action, user)?;
        let record =
            self.engine.read(project).await?.filter(|record| record.user == *user).ok_or_else(not_found)?;
        authorize(&call.caller, action, Some(&record))?;
        Ok(record)
    }

    /// A user's project, loaded.
    pub(super) async fn cell(
        &self,
        call: &Call,
        action: Action,
        user: &UserId,
        project: &ProjectId,
    ) -> Result<Arc<Cell>, Error> {
        self.find(call, action, user, project).await?;
        self.engine.load(project).await
    }

    /// Waits as the caller wants; none if it is not over by then.
    pub(super) async fn waited<T>(&self, wait: Wait, over: impl Future<Output = T> + Send) -> Option<T> {
        match wait {
            Wait::Done => Some(over.await),
            Wait::Now => None,
            Wait::For(span) => {
                let until = after(self.engine.parts.clock.now(), span);
                tokio::select! {
                    biased;
                    over = over => Some(over),
                    () = self.engine.parts.clock.sleep_until(until) => None,
                }
            }
        }
    }
}

/// The same for what is missing and what is another's.
pub(super) fn not_found() -> Error {
    Error::new(Code::ProjectNotFound, "there is no such project")
}

/// What any write but a delete gets once a delete was wished.
pub(super) fn deleting() -> Error {
    Error::new(Code::ProjectDeleting, "the project is being deleted")
}

/// Refuses writes to a project that is being deleted.
pub(super) fn writable(draft: &Draft<'_>) -> Result<(), Error> {
    match draft.record.desired {
        DesiredState::Deleted => Err(deleting()),
        DesiredState::Active | DesiredState::Inactive => Ok(()),
    }
}

/// What a call under this key made before, if it is a repeat.
///
/// # Errors
/// `idempotency_key_reused`; `rate_limited` if the project remembers as many keys as it can.
pub(super) fn repeat(draft: &mut Draft<'_>, call: &Call, route: &str) -> Result<Option<String>, Error> {
    let Some(key) = &call.key else { return Ok(None) };
    let now = draft.now;
    let mut kept = draft.record.keys.iter().filter(|entry| !expired(entry, now));
    let Some(known) = kept.clone().find(|entry| entry.key == key.key && entry.route == route) else {
        // None may be forgotten before its time: its call would run twice.
        return match kept.nth(KEYS - 1) {
            None => Ok(None),
            Some(_) => Err(Error::new(
                Code::RateLimited,
                format!("{KEYS} Idempotency-Keys of this project were used within a day"),
            )
            .hint("send it without a key, or later: each is remembered for 24 h")),
        };
    };
    if known.body != key.body {
        return Err(reused());
    }
    Ok(Some(known.made.clone()))
}

/// Remembers what a call under a key made, in the same write.
pub(super) fn remember(draft: &mut Draft<'_>, call: &Call, route: &str, made: &str) {
    let now = draft.now;
    draft.record.keys.retain(|entry| !expired(entry, now));
    let Some(key) = &call.key else { return };
    draft.record.keys.push(entry(key, route, now, made));
}

/// A key that nobody needs to remember any more.
pub(super) fn expired(entry: &IdempotencyEntry, now: gaggle_shared::Time) -> bool {
    after(entry.at, KEPT) <= now
}

/// A key as it is stored.
pub(super) fn entry(key: &super::Key, route: &str, at: gaggle_shared::Time, made: &str) -> IdempotencyEntry {
    IdempotencyEntry {
        key: key.key.clone(),
        route: route.into(),
        body: key.body.clone(),
        at,
        made: made.into(),
    }
}

/// A key that belongs to another request.
pub(super) fn reused() -> Error {
    Error::new(Code::IdempotencyKeyReused, "this Idempotency-Key was used with another body")
        .hint("use a new key for a new request")
}
