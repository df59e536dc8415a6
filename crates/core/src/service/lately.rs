use super::{Action, Call, Gaggle};
use crate::{
    error::Error,
    port::{ProjectQuery, TurnQuery},
    record::ProjectRecord,
};
use gaggle_shared::{List, Permission, PermissionState, ProjectId, UserId};
use std::{cmp::Reverse, sync::Arc};

/// Of so many projects, those that were used last.
const PROJECTS: usize = 50;
/// Of so many turns of each, the newest.
const TURNS: usize = 64;

impl Gaggle {
    /// Approvals that are over, of one project or of all of a user's, the newest first: what was decided lately, not
    /// all that ever was.
    ///
    /// # Errors
    /// `user_not_found`, `project_not_found`.
    pub async fn permissions_over(
        &self,
        call: &Call,
        user: &UserId,
        project: Option<&ProjectId>,
        limit: usize,
    ) -> Result<List<Permission>, Error> {
        let records = match project {
            Some(project) => vec![self.find(call, Action::Read, user, project).await?],
            None => {
                self.user(call, Action::Read, user)?;
                self.used_last(user).await?.into_iter().map(Arc::new).collect()
            }
        };
        let mut found = Vec::new();
        for record in records {
            let live = record.turns.iter().flat_map(|turn| &turn.permissions);
            found.extend(live.map(|asking| asking.permission.clone()));
            let query =
                TurnQuery { session: None, before: None, after: None, oldest_first: false, limit: TURNS };
            let turns = self.engine.parts.store.turns(&record.id, &query).await?;
            found.extend(turns.into_iter().flat_map(|turn| turn.permissions));
        }
        found.retain(|permission| permission.state != PermissionState::Pending);
        found.sort_by_key(|one| Reverse((one.answered_at.unwrap_or(one.created_at), one.id.clone())));
        found.dedup_by(|a, b| a.id == b.id);
        found.truncate(limit.clamp(1, 200));
        Ok(List { items: found, next_cursor: None })
    }

    async fn used_last(&self, user: &UserId) -> Result<Vec<ProjectRecord>, Error> {
        let mut query = ProjectQuery { user: user.clone(), name: None, phase: None, after: None, limit: 200 };
        let mut found = Vec::new();
        loop {
            let records = self.engine.parts.store.list(&query).await?;
            let Some(last) = records.last() else { return Ok(found) };
            query.after = Some(last.id.clone());
            found.extend(records);
            found.sort_by_key(|record| Reverse(record.last_activity_at));
            found.truncate(PROJECTS);
        }
    }
}
