use super::{
    Action, Call, Gaggle, Outcome, ProjectsQuery, UserEvent, Wait,
    access::{deleting, entry, expired, not_found, reused, writable},
};
use crate::{
    chat,
    error::Error,
    port::{ProjectQuery, StoreError},
    record::{
        DayUsage, Entry, Lease, LinkRecord, PhaseState, ProjectRecord, SCHEMA, SessionRecord, Unplaced,
    },
};
use gaggle_shared::{
    Code, CreateProject, DesiredState, Event, EventBody, List, Phase, Project, ProjectId, Receipt, SessionId,
    Settings, StopReason, Time, UpdateProject, User, UserId,
};

impl Gaggle {
    /// The users.
    pub fn users(&self) -> Vec<User> {
        self.engine.config.users.clone()
    }

    /// A user's projects, newest first.
    ///
    /// # Errors
    /// `user_not_found`; the store.
    pub async fn projects(
        &self,
        call: &Call,
        user: &UserId,
        query: &ProjectsQuery,
    ) -> Result<List<Project>, Error> {
        self.user(call, Action::Read, user)?;
        let limit = query.limit.clamp(1, 200);
        let wanted = ProjectQuery {
            user: user.clone(),
            name: query.name.clone(),
            phase: query.phase,
            after: query.after.clone(),
            limit: limit + 1,
        };
        let mut records = self.engine.parts.store.list(&wanted).await?;
        let more = records.len() > limit;
        records.truncate(limit);
        let next_cursor = records.last().filter(|_| more).map(|last| last.id.to_string());
        let mut items = Vec::with_capacity(records.len());
        for record in records {
            items.push(self.show(&record).await);
        }
        Ok(List { items, next_cursor })
    }

    /// A record as it is shown, with what its running turn says where it is loaded.
    pub(super) async fn show(&self, record: &ProjectRecord) -> Project {
        match self.engine.peek(&record.id) {
            Some(cell) if cell.record().tombstone.is_none() && !cell.lost() => cell.project().await,
            _ => self.engine.view(record, None),
        }
    }

    /// One project; 404 for what is missing and what is another's.
    ///
    /// # Errors
    /// `user_not_found`, `project_not_found`; the store.
    pub async fn project(&self, call: &Call, user: &UserId, project: &ProjectId) -> Result<Project, Error> {
        let record = self.find(call, Action::Read, user, project).await?;
        Ok(self.show(&record).await)
    }

    /// Makes a project; nothing starts. A repeat under the same key gets the same project.
    ///
    /// # Errors
    /// `user_not_found`, `project_name_taken`, `idempotency_key_reused`, `invalid_request`; the store.
    pub async fn create_project(
        &self,
        call: &Call,
        user: &UserId,
        body: CreateProject,
    ) -> Result<Project, Error> {
        self.user(call, Action::Manage, user)?;
        let settings = body.settings.clone().unwrap_or_default();
        check(&settings)?;
        if let Some(made) = self.created(call, user).await? {
            return Ok(made);
        }
        let record = self.fresh(call, user, body, settings);
        // What follows the write must follow it, though the caller goes away.
        let (gaggle, call, user) = (self.clone(), call.clone(), user.clone());
        let task = tokio::spawn(async move { gaggle.insert(&call, &user, record).await });
        task.await.unwrap_or_else(|error| {
            Err(Error::new(Code::Internal, format!("a creation did not end: {error}")))
        })
    }

    async fn insert(&self, call: &Call, user: &UserId, record: ProjectRecord) -> Result<Project, Error> {
        match self.engine.parts.store.create(&record).await {
            Ok(()) => {}
            // The same call came twice at once: the other one made it.
            Err(StoreError::Conflict) => {
                return self.created(call, user).await?.ok_or_else(|| StoreError::Conflict.into());
            }
            Err(StoreError::NameTaken) => {
                // Perhaps by the other of two same calls.
                return match self.created(call, user).await? {
                    Some(made) => Ok(made),
                    None => Err(taken(&record)),
                };
            }
            Err(error) => return Err(error.into()),
        }
        let project = self.engine.view(&record, None);
        self.engine.users.publish(user, UserEvent::Created(Box::new(project.clone())));
        self.look_after(&record);
        Ok(project)
    }

    /// A new project's objects are made beside the call; should it fail now, the next start does it.
    fn look_after(&self, record: &ProjectRecord) {
        if record.unplaced.is_none() {
            return;
        }
        let (engine, id) = (self.engine.clone(), record.id.clone());
        self.engine.spawn(async move {
            if let Err(error) = engine.load(&id).await {
                tracing::warn!(project.id = %id, %error, "a new project cannot be looked after yet");
            }
        });
    }

    /// What was made under this key before.
    async fn created(&self, call: &Call, user: &UserId) -> Result<Option<Project>, Error> {
        let Some(key) = &call.key else { return Ok(None) };
        let Some(record) = self.engine.parts.store.created_under(user, &key.key).await? else {
            return Ok(None);
        };
        match &record.creation_key {
            Some(known) if expired(known, self.engine.parts.clock.now()) => {
                self.forget_creation(&record.id, &key.key).await?;
                Ok(None)
            }
            Some(known) if known.body != key.body => Err(reused()),
            _ if record.tombstone.is_some() => Err(not_found()),
            _ => {
                // The call of before may have ended between its write and this.
                self.look_after(&record);
                Ok(Some(self.show(&record).await))
            }
        }
    }

    /// A day is over: the key may make another project.
    async fn forget_creation(&self, project: &ProjectId, key: &str) -> Result<(), Error> {
        let cell = match self.engine.load(project).await {
            Err(error) if error.code == Code::ProjectNotFound => return Ok(()),
            loaded => loaded?,
        };
        let key = key.to_owned();
        cell.change(move |draft| {
            draft.record.creation_key.take_if(|known| known.key == key);
            Ok(())
        })
        .await
    }

    fn fresh(&self, call: &Call, user: &UserId, body: CreateProject, settings: Settings) -> ProjectRecord {
        let now = self.engine.parts.clock.now();
        let entropy = &self.engine.parts.entropy;
        let session = SessionId::new(now, entropy.ten());
        let event = EventBody::ProjectPhase {
            phase: Phase::Inactive,
            desired_state: DesiredState::Inactive,
            failure: None,
        };
        ProjectRecord {
            schema: SCHEMA,
            id: ProjectId::new(now, entropy.ten()),
            user: user.clone(),
            name: body.name,
            created_at: now,
            creation_key: call.key.as_ref().map(|key| entry(key, "projects", now, "")),
            generation: 1,
            lease: Lease { owner: self.engine.owner.clone(), epoch: 1, expires_at: None },
            desired: DesiredState::Inactive,
            phase: PhaseState::Inactive,
            failure: None,
            settings,
            applied: None,
            accepts: None,
            sessions: vec![blank_session(session.clone(), None, now)],
            default_session: session,
            doomed: Vec::new(),
            abandoned: Vec::new(),
            turns: Vec::new(),
            link: LinkRecord::default(),
            // All it has used: nothing else can come into its journal before its next write.
            reserved: 1,
            floor: 0,
            outbox: vec![Entry { event: Event { seq: 1, at: now, body: event }, source: None }],
            keys: Vec::new(),
            last_activity_at: now,
            summary: String::new(),
            unplaced: self.engine.parts.runtime.places().then(Unplaced::default),
            today: DayUsage::default(),
            start: None,
            tombstone: None,
        }
    }

    /// Changes name and settings.
    ///
    /// # Errors
    /// `project_not_found`, `project_name_taken`, `project_deleting`, `invalid_request`; the store.
    pub async fn update_project(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        body: UpdateProject,
    ) -> Result<Project, Error> {
        let cell = self.cell(call, Action::Manage, user, project).await?;
        cell.change(move |draft| {
            writable(draft)?;
            if let Some(patch) = body.settings {
                draft.record.settings = patch.apply(draft.record.settings.clone());
                check(&draft.record.settings)?;
            }
            if let Some(name) = body.name {
                draft.record.name = name;
            }
            Ok(())
        })
        .await?;
        Ok(cell.project().await)
    }

    /// Deletes; `Pending` carries what went so far.
    ///
    /// # Errors
    /// `project_not_found`; what keeps something from being removed, while it is tried again.
    pub async fn delete_project(
        &self,
        call: &Call,
        user: &UserId,
        project: &ProjectId,
        wait: Wait,
    ) -> Result<Outcome<Receipt>, Error> {
        let record = self.find_any(call, Action::Manage, user, project).await?;
        if let Some(tombstone) = &record.tombstone {
            return Ok(Outcome::Done(tombstone.receipt.clone()));
        }
        let cell = self.engine.load(project).await?;
        cell.change(|draft| {
            if draft.record.desired != DesiredState::Deleted {
                draft.record.desired = DesiredState::Deleted;
                chat::end_all(draft, &(StopReason::Cancelled, None), &(StopReason::Cancelled, None));
            }
            Ok(())
        })
        .await?;
        let gone = async { cell.until(|record| record.tombstone.is_some() || stuck(record)).await };
        match self.waited(wait, gone).await.transpose()? {
            Some(record) => match (&record.tombstone, &record.failure) {
                (Some(tombstone), _) => Ok(Outcome::Done(tombstone.receipt.clone())),
                (None, Some(failure)) => Err(Error::from_failure(failure, None)),
                (None, None) => Err(deleting()),
            },
            None => Ok(Outcome::Pending(cell.record().receipt())),
        }
    }
}

/// A deletion that cannot go on for now.
fn stuck(record: &ProjectRecord) -> bool {
    matches!(record.phase, PhaseState::Deleting { .. }) && record.failure.is_some()
}

fn taken(record: &ProjectRecord) -> Error {
    Error::new(
        Code::ProjectNameTaken,
        format!("{} has a project named {:?} already", record.user, record.name.as_str()),
    )
    .hint("choose another name")
}

/// A conversation without anything in it.
pub(crate) fn blank_session(id: SessionId, title: Option<String>, now: Time) -> SessionRecord {
    SessionRecord {
        id,
        agent_session: None,
        title,
        agent_title: None,
        created_at: now,
        last_activity_at: now,
        mode: None,
        model: None,
        wish: 0,
        offers: None,
        ready: None,
        lost: false,
        cost: 0.0,
    }
}

/// Settings that no runtime could follow are refused at once.
fn check(settings: &Settings) -> Result<(), Error> {
    let text = |field: &str, value: &Option<String>| match value {
        Some(text) if text.trim().is_empty() || text.len() > 200 || text.chars().any(char::is_control) => {
            Err(invalid(&format!("settings.{field}"), "1 to 200 characters, no control characters"))
        }
        _ => Ok(()),
    };
    let quantity = |field: &str, value: &Option<String>| match value {
        Some(text) if !is_quantity(text) => {
            Err(invalid(&format!("settings.{field}"), "a Kubernetes quantity such as 500m, 2 or 1Gi"))
        }
        _ => Ok(()),
    };
    text("provider", &settings.provider)?;
    text("model", &settings.model)?;
    quantity("cpu", &settings.cpu)?;
    quantity("memory", &settings.memory)?;
    quantity("storage", &settings.storage)?;
    if settings.permission_timeout.is_some_and(gaggle_shared::Span::is_zero) {
        return Err(invalid("settings.permissionTimeout", "at least 1s"));
    }
    Ok(())
}

/// A rule that a field breaks.
pub(super) fn invalid(field: &str, rule: &str) -> Error {
    Error::new(Code::InvalidRequest, format!("{field}: {rule}"))
}

/// `500m`, `2`, `1.5`, `1Gi`, `100M`, above zero.
fn is_quantity(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let number = digits.parse::<f64>().is_ok_and(|number| number > 0.0 && number < 1e15);
    let units = ["", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi"];
    number && digits.bytes().all(|c| c.is_ascii_digit() || c == b'.') && units.contains(&unit)
}
