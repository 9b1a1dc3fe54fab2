//! A checked pattern and the type of its events.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use bytemuck::Pod;

use super::clauses::Builder;
use crate::event::Event;
use crate::ir::Ir;
use crate::lang::{Code, Diagnostics, compile};
use crate::matching::{BuildError, Limits, Matcher};
use crate::schema::Schema;

/// A pattern over events of type `E`, checked: from text, builder or macro.
///
/// Patterns are equal if they say the same. Printed, it is text that is read as the same pattern
/// (unless it has closures).
pub struct Pattern<E> {
    ir: Ir,
    warnings: Diagnostics,
    event: PhantomData<fn(&E)>,
}

impl<E: Event> Pattern<E> {
    /// Starts a pattern called `name`.
    pub fn builder(name: &str) -> Builder<E> {
        Builder::new(name, &E::schema())
    }

    /// Reads the one pattern of `text`; `file` is what diagnostics call the text.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text, and the warnings.
    pub fn parse(file: &str, text: &str) -> Result<Self, Diagnostics> {
        Self::parse_over(&E::schema(), file, text)
    }
}

impl<E: Pod> Pattern<E> {
    /// Starts a pattern called `name`, over events with a schema that is only known now: because
    /// the symbols come from a file, say.
    ///
    /// # Panics
    ///
    /// If `schema` is not about events of the size of `E`.
    pub fn builder_over(schema: &Arc<Schema>, name: &str) -> Builder<E> {
        check_size::<E>(schema);
        Builder::new(name, schema)
    }

    /// Reads the one pattern of `text`, likewise.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text, and the warnings.
    ///
    /// # Panics
    ///
    /// If `schema` is not about events of the size of `E`.
    pub fn parse_over(schema: &Arc<Schema>, file: &str, text: &str) -> Result<Self, Diagnostics> {
        check_size::<E>(schema);
        let mut compiled = compile(file, text, std::slice::from_ref(schema))?;
        match (compiled.patterns.pop(), compiled.patterns.is_empty()) {
            (Some(pattern), true) => Ok(Self::new(pattern.ir, compiled.warnings)),
            (second, _) => {
                let span = second.map(|pattern| pattern.spans.pattern).unwrap_or_default();
                let help = "remove one of them, or read the text with `lang::compile`";
                let message = "one pattern is wanted, the text has several";
                Err(Diagnostics::one((file, text), Code::E006, span, message, help))
            }
        }
    }

    /// The pattern that [`lang::compile`](compile) has resolved to `ir`.
    ///
    /// # Panics
    ///
    /// If the schema of `ir` is not about events of the size of `E`.
    #[must_use]
    pub fn from_ir(ir: Ir) -> Self {
        check_size::<E>(&ir.schema);
        Self::new(ir, Diagnostics::default())
    }

    /// The pattern `ir`, which has been checked.
    pub(super) fn new(ir: Ir, warnings: Diagnostics) -> Self {
        Self { ir, warnings, event: PhantomData }
    }

    /// A matcher of the pattern; see [`crate::matching`].
    ///
    /// # Errors
    ///
    /// If no matcher can run the pattern within `limits`.
    pub fn matcher(&self, limits: Limits) -> Result<Matcher<E>, BuildError> {
        Matcher::new(self, limits)
    }
}

impl<E> Pattern<E> {
    /// Its name, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.ir.name.as_deref()
    }

    /// What it says, resolved.
    #[must_use]
    pub fn ir(&self) -> &Ir {
        &self.ir
    }

    /// What its author may want to know.
    #[must_use]
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }
}

fn check_size<E: Pod>(schema: &Schema) {
    let (event, schema) = (size_of::<E>(), schema.size());
    assert!(event == schema, "events have {event} bytes, in the schema they have {schema}");
}

impl<E> Clone for Pattern<E> {
    fn clone(&self) -> Self {
        let Self { ir, warnings, .. } = self;
        Self { ir: ir.clone(), warnings: warnings.clone(), event: PhantomData }
    }
}

impl<E> PartialEq for Pattern<E> {
    fn eq(&self, other: &Self) -> bool {
        self.ir == other.ir
    }
}

impl<E> fmt::Debug for Pattern<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ir.fmt(f)
    }
}

impl<E> fmt::Display for Pattern<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ir.fmt(f)
    }
}
