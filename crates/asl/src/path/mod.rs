//! JSONPath in the Jayway dialect, as AWS Step Functions evaluates it: a path is compiled once and read many times.
//! A definite path names one node and fails where there is none; any other path gives an array, possibly empty, and
//! doesn't fail. The root may be the input (`$`), the context object (`$$`) or a variable (`$name`).
//!
//! Surprises of the dialect, all AWS's: an index past the end of an array gives `null`; a filter that only names a path
//! asks whether it is there, not whether it is true; numbers and strings of the same look are equal in a filter.
//! Regular expressions are the `regex` crate's, which never backtracks and so knows no look-around.

mod compare;
mod error;
mod filter;
mod filter_parse;
mod literal;
mod parse;
mod step;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::Value;

pub use error::{PathError, PathSyntax};
pub use parse::is_variable_name;

use crate::{limits::Budget, scope::Scope};
use step::{Function, Step};
use walk::Walk;

/// What a path starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    Input,
    Context,
    Variable(String),
}

/// A compiled path.
#[derive(Clone, Debug)]
pub struct Path {
    text: String,
    root: Root,
    steps: Vec<Step>,
}

impl Path {
    pub fn parse(text: &str) -> Result<Path, PathSyntax> {
        parse::path(text)
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Whether the path is the root alone.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether the path can only name one node.
    pub fn is_definite(&self) -> bool {
        step::are_definite(&self.steps)
    }

    /// Whether the path has only `.name`, `['name']` and `[n]`: what AWS calls a reference path.
    pub fn is_reference(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Index(_)))
    }

    /// The node of a definite path, or an array of what any other path finds.
    pub fn read<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, PathError> {
        self.read_in(self.document(scope)?)
    }

    /// What the root of the path means in a scope.
    pub fn document<'a>(&self, scope: &Scope<'a>) -> Result<&'a Value, PathError> {
        match &self.root {
            Root::Input => Ok(scope.input),
            Root::Context => Ok(scope.context.value()),
            Root::Variable(name) => {
                scope.variables.get(name).ok_or_else(|| PathError::NoVariable { name: name.clone() })
            }
        }
    }

    /// Like `read`, with the root given.
    pub fn read_in<'a>(&self, document: &'a Value) -> Result<Cow<'a, Value>, PathError> {
        self.find(document, &mut Budget::new()).map(|found| found.unwrap_or(Cow::Owned(Value::Null)))
    }

    /// Like `read_in`, and `None` for an index past the end of an array: most of AWS takes that for `null`, intrinsic
    /// functions for an argument that is missing.
    pub(crate) fn find<'a>(
        &self,
        document: &'a Value,
        budget: &mut Budget,
    ) -> Result<Option<Cow<'a, Value>>, PathError> {
        if let Some(Step::Function(Function::Aggregate(_))) = self.steps.last() {
            return Err(PathError::NoResults { path: step::canonical(&self.steps) });
        }
        Walk { document, budget }.read(&self.steps, document)
    }

    /// Whether the path leads to something. An element past the end of an array is not there, though it reads as
    /// `null`: `$.list[0]` is the usual question whether a list is empty.
    pub fn is_present(&self, scope: &Scope) -> bool {
        let found = self.document(scope).and_then(|document| self.find(document, &mut Budget::new()));
        matches!(found, Ok(Some(_)))
    }

    /// `document` with `result` at this path, as `ResultPath` puts it there; missing objects are made.
    pub fn write(&self, document: Value, result: Value) -> Result<Value, PathError> {
        write::write(self, document, result)
    }
}
