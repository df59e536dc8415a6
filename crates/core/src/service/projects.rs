use super::{Call, Gaggle, Outcome, ProjectsQuery, Wait};
use crate::error::Error;
use gaggle_shared::{CreateProject, List, Project, ProjectId, Receipt, UpdateProject, User, UserId};

impl Gaggle {
    /// The users.
    pub fn users(&self) -> Vec<User> {
        unimplemented!()
    }

    /// A user's projects, newest first.
    pub async fn projects(&self, call: &Call, user: &UserId, query: &ProjectsQuery) -> Result<List<Project>, Error> {
        unimplemented!()
    }

    /// One project; 404 for what is missing and what is another's.
    pub async fn project(&self, call: &Call, user: &UserId, project: &ProjectId) -> Result<Project, Error> {
        unimplemented!()
    }

    /// Makes a project; nothing starts. A repeat under the same key gets the same project.
    pub async fn create_project(&self, call: &Call, user: &UserId, body: CreateProject) -> Result<Project, Error> {
        unimplemented!()
    }

    /// Changes name and settings.
    pub async fn update_project(&self, call: &Call, user: &UserId, project: &ProjectId, body: UpdateProject) -> Result<Project, Error> {
        unimplemented!()
    }

    /// Deletes; `Pending` carries what went so far.
    pub async fn delete_project(&self, call: &Call, user: &UserId, project: &ProjectId, wait: Wait) -> Result<Outcome<Receipt>, Error> {
        unimplemented!()
    }
}
