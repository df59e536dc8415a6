use crate::error::{Trouble, unreadable};
use gaggle_core::port::StoreError;
use gaggle_core::record::ProjectRecord;
use gaggle_shared::{Phase, ProjectId, ProjectName, Time, UserId};
use serde::{Deserialize, Serialize};

/// What the store itself needs of a project's record. It stands before the record, so that a write need not
/// take apart the record it replaces: length of the head (u32, big-endian), head, record; both JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) generation: u64,
    pub(crate) user: UserId,
    pub(crate) name: ProjectName,
    pub(crate) created_at: Time,
    pub(crate) key: Option<String>,
    pub(crate) phase: Phase,
    pub(crate) unsettled: bool,
    pub(crate) dead: bool,
}

impl Head {
    fn of(record: &ProjectRecord) -> Self {
        Self {
            generation: record.generation,
            user: record.user.clone(),
            name: record.name.clone(),
            created_at: record.created_at,
            key: record.creation_key.as_ref().map(|entry| entry.key.clone()),
            phase: record.phase.phase(),
            unsettled: record.unsettled(),
            dead: record.tombstone.is_some(),
        }
    }

    /// The head of a stored value.
    pub(crate) fn read(value: &[u8]) -> Result<Self, Trouble> {
        let (head, _) = split(value).ok_or_else(|| unreadable("project", "cut short"))?;
        serde_json::from_slice(head).map_err(|error| unreadable("project", error))
    }

    /// Its place in the order of lists.
    pub(crate) fn age(&self) -> i128 {
        self.created_at.as_nanosecond()
    }
}

/// A project's record, ready to be stored.
#[derive(Debug)]
pub(crate) struct Filed {
    pub(crate) id: ProjectId,
    pub(crate) head: Head,
    pub(crate) value: Vec<u8>,
}

impl Filed {
    pub(crate) fn new(record: &ProjectRecord) -> Result<Self, StoreError> {
        let head = Head::of(record);
        let json = serde_json::to_vec(&head).map_err(unwritable)?;
        let mut value = (json.len() as u32).to_be_bytes().to_vec();
        value.extend(json);
        serde_json::to_writer(&mut value, record).map_err(unwritable)?;
        Ok(Self { id: record.id.clone(), head, value })
    }
}

/// The record of a stored value.
pub(crate) fn record(value: &[u8]) -> Result<ProjectRecord, Trouble> {
    let (_, record) = split(value).ok_or_else(|| unreadable("project", "cut short"))?;
    serde_json::from_slice(record).map_err(|error| unreadable("project", error))
}

/// A record that cannot be turned into JSON is the caller's fault, but told as what it would have become.
#[expect(clippy::needless_pass_by_value, reason = "given to `map_err`")]
pub(crate) fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("not writable as JSON: {error}"))
}

fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = value.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}
