//! What has happened in the flock that a person elsewhere would like to hear: a question, an end, a failure.

use super::{fleet::Fleet, look};
use gaggle_shared::{ActivityState, Phase, ProjectId};
use std::{collections::HashMap, sync::Arc};

/// One thing to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Of which project.
    pub project: ProjectId,
    /// In a few words.
    pub title: String,
    /// In a sentence.
    pub words: String,
}

/// Compares the fleet with how it was.
#[derive(Debug, Clone, Default)]
pub struct Ear {
    before: Option<HashMap<ProjectId, (Phase, ActivityState, usize)>>,
}

impl Ear {
    /// What is new since the last time; nothing the first time.
    pub fn listen(&mut self, fleet: &Fleet) -> Vec<News> {
        let awake = fleet.all().filter(|p| p.phase != Phase::Inactive);
        let mut now = HashMap::new();
        let mut news = Vec::new();
        for project in awake {
            let pending = project.activity.pending_permissions.len();
            let state = project.activity.state;
            now.insert(project.id.clone(), (project.phase, state, pending));
            let Some(before) = self.before.as_ref().map(|before| before.get(&project.id)) else { continue };
            let name = look::name(project);
            let title = match before {
                _ if pending > before.map_or(0, |before| before.2) => format!("{name} needs you"),
                Some((_, ActivityState::Working | ActivityState::Waiting, _))
                    if state == ActivityState::Ready =>
                {
                    format!("{name} is done")
                }
                Some((phase, ..)) if *phase != Phase::Failed && project.phase == Phase::Failed => {
                    format!("{name} failed to start")
                }
                _ => continue,
            };
            let words = super::plain::line(&look::sentence(&Arc::clone(project)));
            news.push(News { project: project.id.clone(), title, words });
        }
        self.before = fleet.is_known().then_some(now);
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chat::samples::{permission, project};
    use gaggle_shared::{PermissionState, Project};

    fn told(ear: &mut Ear, project: Project) -> Vec<String> {
        let mut fleet = Fleet::default();
        fleet.snapshot(vec![project], false);
        ear.listen(&fleet).into_iter().map(|news| news.title).collect()
    }

    fn active(state: ActivityState) -> Project {
        let mut project = project("site", Phase::Active);
        project.activity.state = state;
        project
    }

    #[test]
    fn a_title_shows_what_cannot_be_seen() {
        let mut ear = Ear::default();
        let mut one = active(ActivityState::Working);
        one.name = gaggle_shared::ProjectName::parse("pay\u{200b}roll").unwrap();
        told(&mut ear, one.clone());
        one.activity.state = ActivityState::Ready;
        assert_eq!(told(&mut ear, one), ["pay[U+200B]roll is done"]);
    }

    #[test]
    fn questions_ends_and_failures_are_news_and_nothing_else() {
        let mut ear = Ear::default();
        assert!(ear.listen(&Fleet::default()).is_empty());
        assert!(told(&mut ear, active(ActivityState::Working)).is_empty(), "the first look is no news");
        let mut asks = active(ActivityState::Waiting);
        asks.activity.pending_permissions = vec![permission("t1", PermissionState::Pending).id];
        assert_eq!(told(&mut ear, asks.clone()), ["site needs you"]);
        assert!(told(&mut ear, asks).is_empty(), "not twice");
        assert_eq!(told(&mut ear, active(ActivityState::Ready)), ["site is done"]);
        assert_eq!(told(&mut ear, project("site", Phase::Failed)), ["site failed to start"]);
        assert!(told(&mut ear, project("site", Phase::Inactive)).is_empty());
    }
}
