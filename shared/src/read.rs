//! Reading without serde's derived code, for the page: the same values from the same JSON, in a tenth of the bytes.
//!
//! Derived readers of tagged and flattened enums buffer and are made anew for every source; in wasm they were a
//! third of the page. Here JSON becomes one untyped tree, and each type takes its fields from it.

mod event;
mod plain;
#[cfg(test)]
mod tests;
mod types;

use serde_json::Map;
pub use serde_json::Value;

/// What can be read from a JSON value.
pub trait Read: Sized {
    /// The value, unless it is of another form.
    fn read(from: Value) -> Option<Self>;

    /// The value of a field that is not there.
    fn absent() -> Option<Self> {
        None
    }
}

/// Reads a value from JSON text; none if it is of another form.
pub fn from_json<T: Read>(text: &str) -> Option<T> {
    T::read(parse(text)?)
}

// Not generic: made once.
fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// The fields of an object, to be taken one by one.
#[derive(Debug)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// The fields, if it is an object.
    pub fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }

    /// A field of this name.
    pub fn take<T: Read>(&mut self, name: &str) -> Option<T> {
        match self.0.remove(name) {
            Some(value) => T::read(value),
            None => T::absent(),
        }
    }

    /// A field that may be left out.
    fn or_default<T: Read + Default>(&mut self, name: &str) -> Option<T> {
        self.0.remove(name).map_or_else(|| Some(T::default()), T::read)
    }
}

/// Reads a struct by its fields and their names on the wire.
#[macro_export]
macro_rules! read_object {
    ($type:ty { $($field:ident = $name:literal),* $(,)? }) => {
        impl $crate::read::Read for $type {
            fn read(from: $crate::read::Value) -> Option<Self> {
                let mut from = $crate::read::Fields::of(from)?;
                Some(Self { $($field: from.take($name)?),* })
            }
        }
    };
}
