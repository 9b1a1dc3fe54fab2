//! What an event type looks like to the text language: its fields by name.
//!
//! A schema says which fields there are, how they are stored, what their numbers mean (plain,
//! fixed-point, or symbols with names) and which of them is the time. It holds no events. It is
//! built by hand from offsets, or by a derive that knows them.

mod field;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytemuck::Pod;
use thiserror::Error;

use crate::field::RawField;
use crate::ir::Column;

pub use field::{FieldType, SchemaField, Symbols};

/// Number of a field in its [`Schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldId(u16);

/// A pure function of one whole number, which texts call by name.
#[derive(Clone)]
pub struct Function {
    name: &'static str,
    apply: Arc<dyn Fn(i128) -> i64 + Send + Sync>,
}

impl Function {
    /// Name in texts.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The function's value for `argument`.
    #[must_use]
    pub fn apply(&self, argument: i128) -> i64 {
        (self.apply)(argument)
    }
}

impl PartialEq for Function {
    /// The same function under the same name?
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.apply, &other.apply)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(_)", self.name)
    }
}

/// The fields of an event type, and what they mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    name: String,
    size: usize,
    fields: Vec<SchemaField>,
    functions: Vec<Function>,
    columns: Vec<Column>,
    time: FieldId,
    kind: Option<FieldId>,
}

impl Schema {
    /// Starts the schema of the events of type `E`, which texts call `name` (`FROM name`).
    pub fn builder<E: Pod>(name: &str) -> SchemaBuilder {
        SchemaBuilder {
            name: name.to_owned(),
            size: size_of::<E>(),
            fields: Vec::new(),
            functions: Vec::new(),
            time: None,
            kind: None,
        }
    }

    /// What texts call the stream of these events.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of an event.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// All fields, in the order in which they were given.
    #[must_use]
    pub fn fields(&self) -> &[SchemaField] {
        &self.fields
    }

    /// The field numbered `id`.
    ///
    /// # Panics
    ///
    /// If `id` comes from a schema with more fields.
    #[must_use]
    pub fn field(&self, id: FieldId) -> &SchemaField {
        &self.fields[usize::from(id.0)]
    }

    /// The field called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<FieldId> {
        let at = self.fields.iter().position(|field| field.name == name)?;
        Some(FieldId(at as u16))
    }

    /// The field that orders the events, in nanoseconds.
    #[must_use]
    pub fn time(&self) -> FieldId {
        self.time
    }

    /// The field that says what kind of event it is, if there are kinds.
    #[must_use]
    pub fn kind(&self) -> Option<FieldId> {
        self.kind
    }

    /// The columns that are derived in front of the pattern; their fields are the last ones.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The schema of these events with `columns` behind each of them, eight bytes a column and as
    /// many as a pattern may have.
    pub(crate) fn widened(&self, columns: Vec<Column>) -> Self {
        let mut wide = Self { columns, ..self.clone() };
        for (at, column) in wide.columns.iter().enumerate() {
            let offset = self.size + 8 * at;
            let scale = column.aggregate.field().map_or(0, |field| self.field(field).decimals);
            let name = column.name.clone().into();
            let field = SchemaField { name, ..SchemaField::new("", FieldType::I64, offset) };
            wide.fields.push(field.decimals(scale));
        }
        wide.size += 8 * Column::MOST;
        wide
    }

    /// The functions that texts may call.
    #[must_use]
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// Smallest and largest number that field `id` can store; `None` for a float.
    pub(crate) fn range(&self, id: FieldId) -> Option<(i128, i128)> {
        let field = self.field(id);
        match field.stored {
            FieldType::F64 => None,
            FieldType::Bool => Some((0, 1)),
            _ => Some(self.raw(id).range()),
        }
    }

    /// How field `id` is read from an event.
    pub(crate) fn raw(&self, id: FieldId) -> RawField {
        let field = self.field(id);
        let stored = field.stored;
        let name = match field.name {
            Cow::Borrowed(name) => name,
            Cow::Owned(_) => "derived",
        };
        RawField::new(name, field.offset, stored.bytes(), stored.is_signed(), self.size)
    }
}

/// Builds a [`Schema`].
#[derive(Debug, Clone)]
#[must_use = "a schema builder does nothing until `build`"]
pub struct SchemaBuilder {
    name: String,
    size: usize,
    fields: Vec<SchemaField>,
    functions: Vec<Function>,
    time: Option<&'static str>,
    kind: Option<&'static str>,
}

impl SchemaBuilder {
    /// Adds a field.
    pub fn field(mut self, field: SchemaField) -> Self {
        self.fields.push(field);
        self
    }

    /// Names the field, an `u64` of nanoseconds, that orders the events.
    pub fn time(mut self, field: &'static str) -> Self {
        self.time = Some(field);
        self
    }

    /// Names the field that says what kind of event it is.
    pub fn kind(mut self, field: &'static str) -> Self {
        self.kind = Some(field);
        self
    }

    /// Lets texts call `apply` as `name(number)`. It must be pure: the same number gives the
    /// same answer for as long as a pattern that uses it runs.
    pub fn function(
        mut self,
        name: &'static str,
        apply: impl Fn(i128) -> i64 + Send + Sync + 'static,
    ) -> Self {
        self.functions.push(Function { name, apply: Arc::new(apply) });
        self
    }

    /// Checks the schema.
    ///
    /// # Errors
    ///
    /// A [`SchemaError`] that names the field and what is wrong with it.
    pub fn build(self) -> Result<Arc<Schema>, SchemaError> {
        let stream = || self.name.clone();
        if self.size < 8 || self.fields.len() > usize::from(u16::MAX) {
            return Err(SchemaError::Size { stream: stream(), size: self.size });
        }
        for (at, field) in self.fields.iter().enumerate() {
            let wrong = |what| {
                Err(SchemaError::Field { stream: stream(), field: field.name.clone(), what })
            };
            if self.fields[..at].iter().any(|earlier| earlier.name == field.name) {
                return wrong("is there twice");
            }
            if field.offset.checked_add(field.stored.bytes()).is_none_or(|end| end > self.size) {
                return wrong("does not lie inside the event");
            }
            if field.decimals > 18 {
                return wrong("has more than 18 decimals");
            }
            if !field.stored.is_integer() && (field.decimals > 0 || field.symbols.is_some()) {
                return wrong("is no integer, so it has neither decimals nor symbols");
            }
            if field.decimals > 0 && field.symbols.is_some() {
                return wrong("has decimals and symbols");
            }
        }
        let find = |role, name: &'static str| {
            let found = self.fields.iter().position(|field| field.name == name);
            found.ok_or_else(|| SchemaError::Missing { stream: stream(), role, field: name })
        };
        let time = find("time", self.time.ok_or(SchemaError::NoTime { stream: stream() })?)?;
        let plain = SchemaField::new("", FieldType::U64, 0);
        let SchemaField { stored, decimals, symbols, .. } = &self.fields[time];
        if (stored, decimals, symbols) != (&plain.stored, &plain.decimals, &plain.symbols) {
            let (stream, field) = (stream(), self.fields[time].name.clone());
            let what = "orders the events, so it must be an u64 of nanoseconds";
            return Err(SchemaError::Field { stream, field, what });
        }
        let kind = self.kind.map(|name| find("kind", name)).transpose()?;
        Ok(Arc::new(Schema {
            time: FieldId(time as u16),
            kind: kind.map(|kind| FieldId(kind as u16)),
            name: self.name,
            size: self.size,
            fields: self.fields,
            functions: self.functions,
            columns: Vec::new(),
        }))
    }
}

/// A schema that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Events too small to read, or too many fields.
    #[error("stream '{stream}' has events of {size} bytes; at least 8, and at most 65,535 fields")]
    Size {
        /// The stream.
        stream: String,
        /// Bytes of its events.
        size: usize,
    },
    /// No field orders the events.
    #[error("stream '{stream}' has no time; name its field with `.time(name)`")]
    NoTime {
        /// The stream.
        stream: String,
    },
    /// A field that has a role is not there.
    #[error("stream '{stream}' has no field '{field}', which is to be its {role}; add it")]
    Missing {
        /// The stream.
        stream: String,
        /// What it was to be.
        role: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A field that cannot be.
    #[error("field '{field}' of stream '{stream}' {what}; correct it")]
    Field {
        /// The stream.
        stream: String,
        /// The field.
        field: Cow<'static, str>,
        /// What is wrong with it.
        what: &'static str,
    },
}
