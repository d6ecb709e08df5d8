//! Intrinsic functions: `States.Format('…', $.a)` and the seventeen others, with AWS's limits. A call is compiled once;
//! the number of its arguments is checked then, their types when it is evaluated. What goes wrong is told in AWS's
//! frame, which always quotes the outermost call as it was written.

mod arrays;
mod data;
mod function;
mod java_random;
mod numbers;
mod parse;
mod text;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::{
    limits::{Budget, TooMuch},
    path::{Path, PathError, Root},
    scope::{Entropy, Scope},
    template::EvalError,
};
pub(crate) use data::digest;
pub use function::Function;
pub(crate) use java_random::JavaRandom;
pub(crate) use numbers::uuid_of;

/// A compiled call of an intrinsic function.
#[derive(Clone, Debug)]
pub struct Call {
    text: String,
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Clone, Debug)]
pub enum Argument {
    /// A number, `true`, `false` or `null`.
    Literal(Value),
    /// `'…'`; `template` still has its escapes, which tell `\{` from a placeholder.
    Text {
        value: Value,
        template: String,
    },
    Path(Path),
    Call(Call),
}

/// The text is no call of an intrinsic function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntrinsicSyntax {
    pub message: String,
    /// Where in the text, in bytes.
    pub at: usize,
}

impl fmt::Display for IntrinsicSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for IntrinsicSyntax {}

/// Why a function has no result, without the frame around it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An argument that its path doesn't find, or finds in the wrong shape.
    Missing(String),
    /// Arguments that the function can't take.
    Invalid(String),
    TooMuch,
}

impl From<TooMuch> for Failure {
    fn from(_: TooMuch) -> Failure {
        Failure::TooMuch
    }
}

/// What a function is given.
struct Arguments<'v, 'e> {
    values: Values<'v>,
    /// The first argument with its escapes, where it is a text in quotes.
    template: Option<&'v str>,
    entropy: &'e mut dyn Entropy,
    budget: &'e mut Budget,
}

struct Values<'v>(Vec<Cow<'v, Value>>);

impl Call {
    pub fn parse(text: &str) -> Result<Call, IntrinsicSyntax> {
        parse::call(text)
    }

    /// The call as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn function(&self) -> Function {
        self.function
    }

    /// `States.Format`, …
    pub fn name(&self) -> &'static str {
        self.function.name()
    }

    pub fn arguments(&self) -> &[Argument] {
        &self.arguments
    }

    /// The functions called, this one first.
    pub fn functions(&self) -> Vec<Function> {
        let nested = self.arguments.iter().filter_map(|argument| match argument {
            Argument::Call(call) => Some(call.functions()),
            _ => None,
        });
        std::iter::once(self.function).chain(nested.flatten()).collect()
    }

    /// Every path that is read, those of nested calls included.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        for argument in &self.arguments {
            match argument {
                Argument::Path(path) => paths.push(path),
                Argument::Call(call) => paths.extend(call.paths()),
                Argument::Literal(_) | Argument::Text { .. } => {}
            }
        }
        paths
    }

    pub fn evaluate(&self, scope: &mut Scope) -> Result<Value, EvalError> {
        self.evaluate_within(scope, &mut Budget::new())
    }

    pub(crate) fn evaluate_within(&self, scope: &mut Scope, budget: &mut Budget) -> Result<Value, EvalError> {
        self.value(scope, budget).map_err(|failure| {
            let cause = |detail: &dyn fmt::Display| {
                format!("The function '{}' had the following error: {detail}", self.text)
            };
            match failure {
                Failure::Missing(detail) => EvalError::runtime(cause(&detail)),
                Failure::Invalid(detail) => {
                    EvalError { error: "States.IntrinsicFailure", cause: cause(&detail), location: None }
                }
                Failure::TooMuch => EvalError::runtime(cause(&TooMuch)),
            }
        })
    }

    fn value(&self, scope: &mut Scope, budget: &mut Budget) -> Result<Value, Failure> {
        budget.spend_steps(1)?;
        let mut values = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            values.push(argument.value(scope, budget)?);
        }
        let template = match self.arguments.first() {
            Some(Argument::Text { template, .. }) => Some(template.as_str()),
            _ => None,
        };
        let entropy = &mut *scope.entropy;
        self.function.apply(Arguments { values: Values(values), template, entropy, budget })
    }
}

impl Argument {
    fn value<'v, 's: 'v>(
        &'v self,
        scope: &mut Scope<'s>,
        budget: &mut Budget,
    ) -> Result<Cow<'v, Value>, Failure> {
        match self {
            Argument::Literal(value) | Argument::Text { value, .. } => Ok(Cow::Borrowed(value)),
            Argument::Call(call) => call.value(scope, budget).map(Cow::Owned),
            Argument::Path(path) => read(path, scope, budget),
        }
    }
}

/// An argument's path. Unlike in a template, an element past the end of an array is missing here and not `null`.
fn read<'s>(path: &Path, scope: &Scope<'s>, budget: &mut Budget) -> Result<Cow<'s, Value>, Failure> {
    let found = path.document(scope).and_then(|document| path.find(document, budget));
    match found {
        Ok(Some(value)) => Ok(value),
        Err(PathError::TooMuch) => Err(Failure::TooMuch),
        Err(error @ PathError::NotAnArray { .. }) => Err(Failure::Missing(error.to_string())),
        Ok(None) | Err(_) => {
            // AWS rewrites a path into the context object as one of its own, and shows the input of the state anyway.
            let shown = match path.root() {
                Root::Context => path.text().strip_prefix('$').unwrap_or(path.text()),
                _ => path.text(),
            };
            let input = scope.input;
            Err(Failure::Missing(format!(
                "The JsonPath argument for the field '{shown}' could not be found in the input '{input}'"
            )))
        }
    }
}

impl Values<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn at(&self, index: usize) -> &Value {
        // INVARIANT: the number of arguments is checked when a call is compiled.
        self.0.get(index).map_or(&Value::Null, Cow::as_ref)
    }

    fn take(&mut self, index: usize, budget: &mut Budget) -> Result<Value, TooMuch> {
        match self.0.get_mut(index) {
            Some(Cow::Owned(value)) => Ok(value.take()),
            Some(Cow::Borrowed(value)) => budget.copy(value),
            None => Ok(Value::Null),
        }
    }

    fn text(&self, index: usize) -> Result<&str, Failure> {
        self.at(index).as_str().ok_or_else(|| self.wrong(index, "a string"))
    }

    fn array(&self, index: usize) -> Result<&[Value], Failure> {
        self.at(index).as_array().map(Vec::as_slice).ok_or_else(|| self.wrong(index, "an array"))
    }

    /// A number, rounded to an integer as AWS does.
    fn integer(&self, index: usize) -> Result<i64, Failure> {
        match self.at(index) {
            Value::Number(number) => numbers::round(number)
                .ok_or_else(|| Failure::Invalid(format!("The number {number} is out of range"))),
            _ => Err(self.wrong(index, "a number")),
        }
    }

    fn wrong(&self, index: usize, expected: &str) -> Failure {
        let found = match self.at(index) {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        Failure::Invalid(format!("Argument {} must be {expected} but was {found}", index + 1))
    }
}
