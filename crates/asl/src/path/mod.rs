//! JSONPath in the Jayway dialect, as AWS Step Functions evaluates it: a path is compiled once and read many times.
//! A definite path names one node and fails where there is none; any other path gives an array, possibly empty.
//! The root may be the input (`$`), the context object (`$$`) or a variable (`$name`).

mod error;
mod parse;
mod step;
mod write;

use std::borrow::Cow;

use serde_json::Value;

pub use error::{PathError, PathSyntax};

use crate::scope::Scope;
use step::Step;

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
        parse::parse(text)
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Whether the path can only name one node.
    pub fn is_definite(&self) -> bool {
        true
    }

    /// Whether the path has only `.name`, `['name']` and `[n]`: what AWS calls a reference path.
    pub fn is_reference(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Index(_)))
    }

    /// The node of a definite path, or an array of what any other path finds.
    pub fn read<'a>(&self, scope: &Scope<'a>) -> Result<Cow<'a, Value>, PathError> {
        self.read_in(self.document(scope)?)
    }

    /// What the path's root means in a scope.
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
        let mut node = document;
        for (at, step) in self.steps.iter().enumerate() {
            let here = || step::canonical(&self.steps[..=at]);
            let found = match step {
                Step::Name(name) => node.get(name),
                Step::Index(index) => usize::try_from(*index).ok().and_then(|index| node.get(index)),
            };
            node = found.ok_or_else(|| PathError::NoResults { path: here() })?;
        }
        Ok(Cow::Borrowed(node))
    }

    /// `document` with `result` at this path, as `ResultPath` puts it there; missing objects are made.
    pub fn write(&self, document: Value, result: Value) -> Result<Value, PathError> {
        write::write(self, document, result)
    }
}
