use super::{
    Action, Call, Gaggle,
    access::{remember, repeat, writable},
};
use crate::{
    chat,
    error::Error,
    port::{ProjectQuery, TurnQuery},
    record::ProjectRecord,
};
use gaggle_shared::{
    AnswerPermission, Code, List, Permission, PermissionId, PermissionState, ProjectId, TurnId, UserId,
};

/// How many turns are read at once: each comes with all that its tools said.
const TURNS: usize = 32;

impl Gaggle {
    /// Approvals of one project, or of all of a user's, oldest turn first; `pending` only, or all of the past too.
    ///
    /// # Errors
    /// `user_not_found`, `project_not_found`.
    pub async fn permissions(
        &self,
        call: &Call,
        user: &UserId,
        project: Option<&ProjectId>,
        pending: bool,
        after: Option<PermissionId>,
        limit: usize,
    ) -> Result<List<Permission>, Error> {
        let limit = limit.clamp(1, 200);
        let mut found = match project {
            Some(project) => {
                let record = self.find(call, Action::Read, user, project).await?;
                let mut found =
                    if pending { Vec::new() } else { self.history(project, after.as_ref(), limit).await? };
                found.extend(live(&record));
                found
            }
            None => {
                self.user(call, Action::Read, user)?;
                let loaded = self.engine.loaded();
                let records = loaded.iter().map(|cell| cell.record()).filter(|record| record.user == *user);
                let live: Vec<_> = records.flat_map(|record| live(&record)).collect();
                let mut found =
                    if pending { Vec::new() } else { self.past(user, after.as_ref(), limit).await? };
                found.extend(live);
                found
            }
        };
        // Ids of turns rise with time in all projects, so that a page can go on in each of them.
        found.sort_by(|a, b| (&a.turn_id, a.created_at, &a.id).cmp(&(&b.turn_id, b.created_at, &b.id)));
        found.dedup_by(|a, b| a.id == b.id);
        if let Some(after) = after {
            let at = found.iter().position(|permission| permission.id == after);
            // Its turn may be over by now: what comes after is of later ones.
            let turn = turn_of(&after);
            let gone = || found.partition_point(|permission| Some(&permission.turn_id) <= turn.as_ref());
            found.drain(..at.map_or_else(gone, |at| at + 1));
        }
        found.retain(|permission| !pending || permission.state == PermissionState::Pending);
        let more = found.len() > limit;
        found.truncate(limit);
        let next_cursor = found.last().filter(|_| more).map(|last| last.id.to_string());
        Ok(List { items: found, next_cursor })
    }

    /// As [`Gaggle::history`], of all of a user's projects.
    async fn past(
        &self,
        user: &UserId,
        after: Option<&PermissionId>,
        limit: usize,
    ) -> Result<Vec<Permission>, Error> {
        let mut query = ProjectQuery { user: user.clone(), name: None, phase: None, after: None, limit: 200 };
        let mut found = Vec::new();
        loop {
            let records = self.engine.parts.store.list(&query).await?;
            let Some(last) = records.last() else { return Ok(found) };
            query.after = Some(last.id.clone());
            for record in records {
                found.extend(self.history(&record.id, after, limit).await?);
            }
        }
    }

    /// Approvals of ended turns, from the turn of `after` on, until there are more than `limit`.
    async fn history(
        &self,
        project: &ProjectId,
        after: Option<&PermissionId>,
        limit: usize,
    ) -> Result<Vec<Permission>, Error> {
        let mut found = Vec::new();
        let turn = after.and_then(turn_of);
        if let Some(turn) = &turn
            && let Some(record) = self.engine.parts.store.turn(project, turn).await?
        {
            found.extend(record.permissions);
        }
        let mut query =
            TurnQuery { session: None, before: None, after: turn, oldest_first: true, limit: TURNS };
        while found.len() <= limit + 1 {
            let turns = self.engine.parts.store.turns(project, &query).await?;
            let Some(last) = turns.last() else { break };
            query.after = Some(last.turn.id.clone());
            found.extend(turns.into_iter().flat_map(|turn| turn.permissions));
        }
        Ok(found)
    }

    /// Answers one; the first answer wins, a second is told who answered.
    ///
    /// # Errors
    /// `permission_not_found`, `permission_already_answered`, `project_deleting`, `invalid_request`.
    pub async fn answer_permission(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        permission: &PermissionId,
        body: AnswerPermission,
    ) -> Result<Permission, Error> {
        let cell = self.cell(call, Action::Approve, user, project).await?;
        let (id, asked) = (permission.clone(), call.clone());
        // Nobody signs in yet: an answer is given in the name of the project's owner.
        let by = call.caller.user_id.clone().unwrap_or_else(|| user.clone());
        let answered = cell
            .change(move |draft| {
                writable(draft)?;
                let route = format!("permissions/{id}");
                if repeat(draft, &asked, &route)?.is_some() {
                    let found = draft.record.turns.iter().find_map(|turn| turn.permission(&id));
                    return Ok(found.map(|asking| asking.permission.clone()));
                }
                let answered =
                    chat::answer_permission(draft, &id, &body.option_id, body.comment, by.as_str())?;
                remember(draft, &asked, &route, id.as_str());
                Ok(Some(answered))
            })
            .await;
        match answered {
            Ok(Some(answered)) => Ok(answered),
            // Answered under this key before, and its turn has ended since.
            Ok(None) => self.ended_permission(project, permission).await?.ok_or_else(not_found),
            // Its turn has ended, perhaps just now: what became of it is told all the same.
            Err(error) if error.code == Code::PermissionNotFound => {
                let known = self.ended_permission(project, permission).await?;
                Err(known.map_or(error, |permission| chat::already_answered(&permission)))
            }
            Err(error) => Err(error),
        }
    }

    /// One of an ended turn.
    async fn ended_permission(
        &self,
        project: &ProjectId,
        permission: &PermissionId,
    ) -> Result<Option<Permission>, Error> {
        let known = self.history(project, Some(permission), 0).await?;
        Ok(known.into_iter().find(|one| one.id == *permission))
    }
}

fn not_found() -> Error {
    Error::new(Code::PermissionNotFound, "there is no such approval")
}

fn live(record: &ProjectRecord) -> Vec<Permission> {
    record.turns.iter().flat_map(|turn| &turn.permissions).map(|asking| asking.permission.clone()).collect()
}

/// The turn that asked for it.
fn turn_of(id: &PermissionId) -> Option<TurnId> {
    TurnId::parse(id.as_str().rsplit_once("-p")?.0).ok()
}
