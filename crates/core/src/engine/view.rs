//! A record as people see it.

use super::Engine;
use crate::{
    lifecycle::{after, sleeps_at},
    port::{Placement, Reach},
    record::{PhaseState, ProjectRecord, StartRecord, TurnStage},
};
use gaggle_shared::{
    Activity, ActivityState, AwakeReason, DesiredState, Endpoint, EndpointVia, Part, PermissionState, Phase,
    Project, RuntimeKind, Settings, Start, ToolStatus, transcript::Answer,
};
use std::time::Duration;

/// How long an agent may be out of reach before that is said: connections break and come back.
const AWAY: Duration = Duration::from_secs(30);

impl Engine {
    /// The project of a record; `answer` is what its running turn has said so far.
    pub(crate) fn view(&self, record: &ProjectRecord, answer: Option<&Answer>) -> Project {
        let phase = record.phase.phase();
        let active = matches!(phase, Phase::Active | Phase::Activating);
        let running = active && record.applied.is_some();
        let restart_needed = running
            && (record.applied.as_ref().map(pod) != Some(pod(&record.settings))
                || self.parts.runtime.outdated(&self.placement(record)));
        let reach = self.reach(record);
        let mut activity = self.activity(record, answer);
        if let Some(trouble) = reach.trouble {
            activity.summary = trouble;
        }
        Project {
            id: record.id.clone(),
            user_id: record.user.clone(),
            name: record.name.clone(),
            created_at: record.created_at,
            desired_state: record.desired,
            phase,
            failure: record.failure.clone(),
            endpoint: reach.endpoint,
            resources: self.parts.runtime.resources(&record.user, &record.id),
            activity,
            default_session_id: record.default_session.clone(),
            last_activity_at: record.last_activity_at,
            sleeps_at: sleeps_at(record, self.limits()),
            restart_needed,
            warnings: reach.warnings,
            settings: record.settings.clone(),
            start: record.start.map(|StartRecord { seq, at, ready_at }| Start {
                seq,
                at,
                ready_at,
                step: None,
            }),
        }
    }

    /// What the runtime needs to know of a project that it starts nothing for.
    pub(crate) fn placement(&self, record: &ProjectRecord) -> Placement {
        Placement {
            instance: self.instance.clone(),
            user: record.user.clone(),
            project: record.id.clone(),
            settings: record.settings.clone(),
        }
    }

    /// How an active project's agent is reached now, which no record says.
    pub(crate) fn reach(&self, record: &ProjectRecord) -> Reach {
        if !matches!(record.phase, PhaseState::Active { .. }) {
            return Reach::default();
        }
        let mut reach = match self.parts.runtime.kind() {
            RuntimeKind::Local => {
                let url = record.link.endpoint.clone();
                let endpoint = url.map(|url| Endpoint { url, via: EndpointVia::Local });
                Reach { endpoint, ..Reach::default() }
            }
            RuntimeKind::Kubernetes => self.parts.runtime.reach(&record.user, &record.id),
        };
        let away = self.peek(&record.id).and_then(|cell| cell.away());
        if let Some(since) = away.filter(|since| after(*since, AWAY) <= self.parts.clock.now()) {
            reach.warnings.push("agent_away".to_owned());
            reach.trouble.get_or_insert_with(|| {
                format!(
                    "Its agent has not been heard of since {since:.0}: the connection to it broke. What is sent waits \
                     until it calls again; look at where it runs, or put it to sleep and wake it"
                )
            });
        }
        reach
    }

    fn activity(&self, record: &ProjectRecord, answer: Option<&Answer>) -> Activity {
        let pending: Vec<_> = (record.turns.iter().flat_map(|turn| &turn.permissions))
            .filter(|asking| asking.permission.state == PermissionState::Pending)
            .map(|asking| &asking.permission)
            .collect();
        let running = record.turns.iter().find(|turn| matches!(turn.stage, TurnStage::Running { .. }));
        let waiting =
            record.turns.iter().any(|turn| matches!(turn.stage, TurnStage::Queued | TurnStage::Sent { .. }));
        let awake = record.desired == DesiredState::Active;
        let state = match record.phase.phase() {
            Phase::Inactive | Phase::Failed | Phase::Deactivating | Phase::Deleting => ActivityState::Asleep,
            Phase::Activating => ActivityState::Starting,
            Phase::Active if !pending.is_empty() => ActivityState::Waiting,
            Phase::Active if running.is_some() || waiting => ActivityState::Working,
            Phase::Active => ActivityState::Ready,
        };
        let never = record.settings.idle_timeout.unwrap_or(self.config.idle_timeout).is_zero();
        let awake_reason = awake.then_some(match () {
            () if !pending.is_empty() => AwakeReason::Permission,
            () if running.is_some() => AwakeReason::Turn,
            () if waiting => AwakeReason::Queue,
            () if never => AwakeReason::NeverSleeps,
            () => AwakeReason::RecentActivity,
        });
        let summary = match (pending.first(), running) {
            (Some(asked), _) => format!("Wants to use: {}", asked.tool_call.title),
            (None, Some(_)) => answer.and_then(doing).unwrap_or_else(|| "Thinking".into()),
            (None, None) if matches!(record.phase, PhaseState::Activating { queued: true, .. }) => {
                "Waits for its turn to start: others are starting".into()
            }
            (None, None) => record.summary.clone(),
        };
        let since = match (&record.phase, pending.first(), running.map(|turn| &turn.stage)) {
            (PhaseState::Activating { since, .. }, ..) => Some(*since),
            (_, Some(asked), _) => Some(asked.created_at),
            (_, None, Some(TurnStage::Running { at, .. })) => {
                Some(answer.and_then(tool_since).unwrap_or(*at))
            }
            _ => None,
        };
        let today = self.parts.clock.now().to_string();
        let fresh = today.starts_with(&record.today.day) && !record.today.day.is_empty();
        Activity {
            state,
            summary,
            since,
            turn_id: running.map(|turn| turn.id.clone()),
            pending_permissions: pending.iter().map(|permission| permission.id.clone()).collect(),
            awake_reason,
            tokens_today: if fresh { record.today.tokens } else { 0 },
            cost_today: record.today.cost.filter(|_| fresh),
        }
    }
}

/// The settings that an agent gets only when it starts.
fn pod(settings: &Settings) -> Settings {
    Settings { mode: None, idle_timeout: None, permission_timeout: None, ..settings.clone() }
}

/// When the tool that a running turn uses now was called.
fn tool_since(answer: &Answer) -> Option<gaggle_shared::Time> {
    match answer.parts().last()? {
        Part::Tool { tool_call } if tool_call.ended_at.is_none() => Some(tool_call.started_at),
        _ => None,
    }
}

/// What a running turn does: its running tool, else its last words.
fn doing(answer: &Answer) -> Option<String> {
    match answer.parts().last()? {
        Part::Tool { tool_call }
            if tool_call.status == ToolStatus::Running || tool_call.status == ToolStatus::Pending =>
        {
            Some(format!("Running: {}", tool_call.title))
        }
        Part::Tool { tool_call } => Some(format!("Done: {}", tool_call.title)),
        Part::Text { text } => crate::chat::summary(text),
        Part::Thought { .. } => Some("Thinking".into()),
        Part::Permission { .. } => None,
    }
}
