//! What a user's projects used, summed from the turns that are kept.

use super::{Action, Call, Gaggle};
use crate::{
    error::Error,
    port::{ProjectQuery, TurnQuery},
    record::{ProjectRecord, TurnRecord},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use gaggle_shared::{ProjectId, Time, UsageReport, UsageRow, UserId};
use std::{collections::BTreeMap, time::Duration};

/// How many projects are read at once.
const PAGE: usize = 200;

/// How many turns are read at once: each comes with all that its tools said.
const TURNS: usize = 32;

/// How many projects are read side by side.
const SIDE_BY_SIDE: usize = 4;

/// Sums of one project by day and model.
type Sums = BTreeMap<(String, Option<String>), UsageRow>;

impl Gaggle {
    /// Tokens and cost by day, project and model of the last `days` days (today is one of them), oldest day first; of
    /// all projects, or of one.
    ///
    /// # Errors
    /// `user_not_found`, `project_not_found`; the store.
    pub async fn usage(
        &self,
        call: &Call,
        user: &UserId,
        only: Option<&ProjectId>,
        days: u32,
    ) -> Result<UsageReport, Error> {
        self.user(call, Action::Read, user)?;
        let now = self.engine.parts.clock.now();
        let back = Duration::from_secs(u64::from(days.clamp(1, 366) - 1) * 24 * 3600);
        let from = day(now.saturating_sub(back).unwrap_or(Time::UNIX_EPOCH));
        let mut rows = Vec::new();
        let mut after = None;
        if let Some(id) = only {
            let record = self.find(call, Action::Read, user, id).await?;
            rows.extend(self.project_usage((*record).clone(), &from).await?.into_values());
        }
        while only.is_none() {
            let query = ProjectQuery {
                user: user.clone(),
                name: None,
                phase: None,
                after: after.take(),
                limit: PAGE,
            };
            let records = self.engine.parts.store.list(&query).await?;
            after = records.last().filter(|_| records.len() == PAGE).map(|last| last.id.clone());
            // Who did nothing since then used nothing.
            let used = records.into_iter().filter(|record| day(record.last_activity_at) >= from);
            let sums = stream::iter(used).map(|record| self.project_usage(record, &from));
            let sums: Vec<Sums> = sums.buffer_unordered(SIDE_BY_SIDE).try_collect().await?;
            rows.extend(sums.into_iter().flat_map(BTreeMap::into_values));
            if after.is_none() {
                break;
            }
        }
        rows.sort_by(|a: &UsageRow, b| {
            let key = |row: &UsageRow| (row.day.clone(), row.project_id.clone(), row.model.clone());
            key(a).cmp(&key(b))
        });
        Ok(UsageReport { from, to: day(now), rows })
    }

    async fn project_usage(&self, record: ProjectRecord, from: &str) -> Result<Sums, Error> {
        let mut sums = Sums::new();
        let mut before = None;
        loop {
            let query = TurnQuery {
                session: None,
                before: before.take(),
                after: None,
                oldest_first: false,
                limit: TURNS,
            };
            let turns = self.engine.parts.store.turns(&record.id, &query).await?;
            before = turns.last().filter(|_| turns.len() == TURNS).map(|last| last.turn.id.clone());
            for turn in &turns {
                let ended = day(turn.turn.ended_at.unwrap_or(turn.turn.created_at));
                if ended.as_str() < from {
                    // Newest first: what follows began earlier still. One that ran over midnight may be missed.
                    return Ok(sums);
                }
                add(&mut sums, &record, turn, ended);
            }
            if before.is_none() {
                return Ok(sums);
            }
        }
    }
}

fn add(sums: &mut Sums, record: &ProjectRecord, turn: &TurnRecord, day: String) {
    let sum = sums.entry((day.clone(), turn.model.clone())).or_insert_with(|| UsageRow {
        day,
        project_id: record.id.clone(),
        project_name: record.name.clone(),
        model: turn.model.clone(),
        turns: 0,
        input_tokens: 0,
        output_tokens: 0,
        total_tokens: 0,
        cost: None,
    });
    sum.turns += 1;
    let Some(usage) = &turn.turn.usage else { return };
    sum.input_tokens += usage.input_tokens;
    sum.output_tokens += usage.output_tokens;
    sum.total_tokens += usage.total_tokens;
    // Amounts of other currencies would make a sum of nothing.
    if let Some(cost) = usage.cost.as_ref().filter(|cost| cost.currency == "USD") {
        sum.cost = Some(sum.cost.unwrap_or(0.0) + cost.amount);
    }
}

/// The day of an instant in UTC.
fn day(at: Time) -> String {
    at.to_string().chars().take(10).collect()
}
