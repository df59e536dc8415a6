use super::Gaggle;
use crate::error::Error;
use gaggle_shared::{ProjectId, UserId};

impl Gaggle {
    /// Whose project this is; none: there is no such project. For who is known by the project alone: a client that
    /// its relay has let in.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn owner(&self, project: &ProjectId) -> Result<Option<UserId>, Error> {
        let record = self.engine.read(project).await?;
        Ok(record.filter(|record| record.tombstone.is_none()).map(|record| record.user.clone()))
    }
}
