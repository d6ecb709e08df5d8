//! JSONata in a definition: which texts are expressions, what they may refer to, and how their results and errors look
//! on AWS. The language itself is the crate `stepwell-jsonata`'s affair; AWS's own functions are in `functions`.
//!
//! Expressions come from strangers: what one may do is counted, not timed. Where others wait, an [`Allowance`] cuts it short;
//! what needs more is evaluated elsewhere, and ends there as it would have ended here.

mod allowance;
mod functions;
mod scope;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;
use stepwell_jsonata::{Exceeded, Failure, Limits, Outcome, Subject};

pub use self::allowance::{Allowance, Evaluation, Verdict};
use crate::limits::check_depth;
use crate::scope::Scope;
use crate::template::EvalError;

/// The most that an expression may do anywhere: about half a second of a core.
const MOST: Limits = Limits { steps: 20_000_000, bytes: 256 << 20, depth: 1_500 };

/// `{% … %}`: the expression inside, trimmed; nothing if the text is just a text.
pub fn source(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}").map(str::trim)
}

/// A compiled expression, and where it stands.
#[derive(Clone, Debug)]
pub struct Expression {
    compiled: Arc<stepwell_jsonata::Expression>,
    /// As it is quoted by errors.
    source: String,
    /// `Arguments/FunctionName`, as errors name the field.
    location: String,
    /// That it reads from outside, `$states` not among them.
    variables: Vec<String>,
}

impl Expression {
    /// Compiles the text between `{%` and `%}`; all that AWS refuses about it at once.
    pub fn compile(source: &str, location: String) -> Result<Expression, Vec<String>> {
        let compiled =
            stepwell_jsonata::Expression::parse(source).map_err(|error| vec![error.to_string()])?;
        let (mut variables, mut problems) = (Vec::new(), Vec::new());
        for reference in compiled.references() {
            match reference.subject {
                Subject::Variable { name, fields } if name == "states" => {
                    problems.extend(check_states(&fields, &location));
                }
                Subject::Variable { name, .. } => variables.push(name),
                Subject::Function { .. } => {}
                Subject::Field { name } => {
                    problems.push(format!("Reference to '{name}' at the top level is not supported."));
                }
                Subject::Context => problems.push("Reference to '$' is not supported.".to_owned()),
                Subject::Root => problems.push("Reference to '$$' is not supported.".to_owned()),
            }
        }
        problems.dedup();
        if !problems.is_empty() {
            return Err(problems);
        }
        variables.sort();
        variables.dedup();
        Ok(Expression { compiled: Arc::new(compiled), source: source.to_owned(), location, variables })
    }

    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(String::as_str)
    }

    pub fn location(&self) -> &str {
        &self.location
    }

    /// The value, which is never undefined.
    pub fn evaluate(&self, scope: &mut Scope) -> Result<Value, EvalError> {
        let allowance = scope.allowance;
        let elsewhere = || self.error("is being evaluated elsewhere.");
        let limits = allowance.map_or(Some(MOST), Allowance::limits).ok_or_else(elsewhere)?;
        let view = scope::View::new(scope);
        let mut result = self.compiled.evaluate(&view, limits);
        if let (Err(Failure::TooMuch(_)), Some(allowance)) = (&result, allowance) {
            match allowance.verdict(view.owned(self)) {
                Some(verdict) => result = verdict.clone(),
                None => return Err(elsewhere()),
            }
        }
        match result {
            Ok(Outcome::Value(value)) => {
                check_depth(&value).map_err(|error| self.query_error(error.to_string()))?;
                Ok(value)
            }
            Ok(Outcome::Undefined) => Err(self.error("returned nothing (undefined).")),
            Ok(Outcome::Unsupported { .. }) => Err(self.error("returned an unsupported result type.")),
            Err(Failure::Error(error)) => {
                Err(self
                    .error(&format!("threw an error during evaluation. {}: {}", error.code, error.message)))
            }
            Err(Failure::TooMuch(limit)) => {
                Err(self.error(&format!("threw an error during evaluation. {}", limit_reached(limit))))
            }
        }
    }

    /// For a field that takes nothing but a boolean.
    pub fn boolean(&self, scope: &mut Scope) -> Result<bool, EvalError> {
        match self.evaluate(scope)? {
            Value::Bool(value) => Ok(value),
            other => Err(self.unexpected("boolean", &other)),
        }
    }

    /// For a field that takes nothing but a text.
    pub fn text(&self, scope: &mut Scope) -> Result<String, EvalError> {
        match self.evaluate(scope)? {
            Value::String(text) => Ok(text),
            other => Err(self.unexpected("string", &other)),
        }
    }

    /// For a field that takes nothing but a whole number.
    pub fn integer(&self, scope: &mut Scope) -> Result<i64, EvalError> {
        let value = self.evaluate(scope)?;
        match value.as_i64() {
            Some(number) => Ok(number),
            None if value.is_number() => Err(self.unexpected("integer", &value)),
            None => Err(self.unexpected("number", &value)),
        }
    }

    /// Another kind of value than the field takes.
    pub fn unexpected(&self, expected: &str, value: &Value) -> EvalError {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        self.error(&format!(
            "returned an unexpected result type. Expected '{expected}', but was '{kind}' for value: {value}"
        ))
    }

    fn error(&self, what: &str) -> EvalError {
        self.query_error(format!(
            "The JSONata expression '{}' specified for the field '{}' {what}",
            self.source, self.location
        ))
    }

    /// Any other failure of the field.
    pub fn query_error(&self, cause: String) -> EvalError {
        EvalError::query(cause, Some(self.location.clone()))
    }
}

/// `$states` has four members, one of them in a Catch only.
fn check_states(fields: &[String], location: &str) -> Option<String> {
    let field = fields.first()?;
    let exists = match field.as_str() {
        "input" | "context" => true,
        "errorOutput" => location.starts_with("Catch["),
        "result" => !location.starts_with("Catch[") && !location.starts_with("Arguments"),
        _ => false,
    };
    (!exists).then(|| format!("Field '$states.{field}' does not exist."))
}

/// JSONata's own words, where it has some.
fn limit_reached(limit: Exceeded) -> &'static str {
    match limit {
        Exceeded::Steps => "U1001: Expression evaluation timeout: Check for infinite loop",
        Exceeded::Depth => {
            "U1001: Stack overflow error: Check for non-terminating recursive function.  \
             Consider rewriting as tail-recursive."
        }
        Exceeded::Bytes => "The evaluation exceeds the limits on the size of its values.",
    }
}
