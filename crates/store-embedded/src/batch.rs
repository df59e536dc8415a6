use crate::error::{Trouble, unreadable};
use crate::head::unwritable;
use gaggle_core::port::{Batch, LinkCursor, StoreError};
use gaggle_shared::Seq;

const HEAD: usize = 24;

/// A batch as it is stored: the seq of its last entry and the highest cursor up to it (three u64, big-endian),
/// then its JSON. So the end of a journal and what a trim drops are known without taking batches apart.
///
/// No stored batch lies within another's reach: what does is a left-over, and is not stored. Last seqs therefore
/// rise with first seqs.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) first: Seq,
    pub(crate) last: Seq,
    value: Vec<u8>,
}

impl Packed {
    pub(crate) fn new(batch: &Batch) -> Result<Self, StoreError> {
        let mut value = vec![0; HEAD];
        serde_json::to_writer(&mut value, batch).map_err(unwritable)?;
        let mut packed = Self { first: batch.first(), last: batch.last(), value };
        packed.set_cursor(batch.cursor.unwrap_or_default());
        Ok(packed)
    }

    pub(crate) fn len(&self) -> usize {
        self.value.len()
    }

    pub(crate) fn json(&self) -> &[u8] {
        &self.value[HEAD..]
    }

    pub(crate) fn cursor(&self) -> LinkCursor {
        cursor(&self.value)
    }

    /// What to store if `before` is the highest cursor of the batches before it.
    pub(crate) fn value_after(&self, before: LinkCursor) -> Vec<u8> {
        let mut packed = Self { first: self.first, last: self.last, value: self.value.clone() };
        packed.set_cursor(before.max(self.cursor()));
        packed.value
    }

    fn set_cursor(&mut self, cursor: LinkCursor) {
        self.value[..8].copy_from_slice(&self.last.to_be_bytes());
        self.value[8..16].copy_from_slice(&cursor.incarnation.to_be_bytes());
        self.value[16..24].copy_from_slice(&cursor.frame.to_be_bytes());
    }
}

/// The last seq of a stored batch.
pub(crate) fn last(value: &[u8]) -> Seq {
    number(value, 0)
}

/// The highest cursor up to and with a stored batch.
pub(crate) fn cursor(value: &[u8]) -> LinkCursor {
    LinkCursor { incarnation: number(value, 8), frame: number(value, 16) }
}

/// The JSON of a stored batch.
pub(crate) fn json(value: &[u8]) -> &[u8] {
    value.get(HEAD..).unwrap_or_default()
}

/// A stored batch.
pub(crate) fn batch(value: &[u8]) -> Result<Batch, Trouble> {
    serde_json::from_slice(json(value)).map_err(|error| unreadable("journal", error))
}

/// A stored batch with another highest cursor.
pub(crate) fn with_cursor(value: &[u8], cursor: LinkCursor) -> Vec<u8> {
    let mut packed = Packed { first: 0, last: last(value), value: value.to_vec() };
    packed.set_cursor(cursor);
    packed.value
}

fn number(value: &[u8], at: usize) -> u64 {
    value.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes)
}
