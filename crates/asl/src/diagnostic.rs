//! What is wrong with a definition: AWS's codes, texts and locations, all of them at once. `invalid_definition` joins
//! them to the message of CreateStateMachine's InvalidDefinition.

use std::fmt;

use crate::position::{self, Position};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
        }
    }
}

/// The codes that AWS gives, of which its documentation lists most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    InvalidJsonDescription,
    SchemaValidationFailed,
    MissingEndState,
    MissingTransitionTarget,
    DuplicateStateName,
    InvalidStateName,
    InvalidVariableName,
    ReservedVariableName,
    NoDollar,
    NoPath,
    PassResultIsStatic,
    /// Ours: AWS doesn't look.
    TaskWithoutTimeout,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InvalidJsonDescription => "INVALID_JSON_DESCRIPTION",
            Code::SchemaValidationFailed => "SCHEMA_VALIDATION_FAILED",
            Code::MissingEndState => "MISSING_END_STATE",
            Code::MissingTransitionTarget => "MISSING_TRANSITION_TARGET",
            Code::DuplicateStateName => "DUPLICATE_STATE_NAME",
            Code::InvalidStateName => "INVALID_STATE_NAME",
            Code::InvalidVariableName => "INVALID_VARIABLE_NAME",
            Code::ReservedVariableName => "RESERVED_VARIABLE_NAME",
            Code::NoDollar => "NO_DOLLAR",
            Code::NoPath => "NO_PATH",
            Code::PassResultIsStatic => "PASS_RESULT_IS_STATIC",
            Code::TaskWithoutTimeout => "TASK_WITHOUT_TIMEOUT",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    pub code: Code,
    pub message: String,
    /// `/States/X/Next`, or what Jackson says about the place in a broken text; absent where AWS gives none.
    pub location: Option<String>,
}

impl Diagnostic {
    /// Where in the definition it is, for people; nothing where AWS gives no location.
    pub fn position(&self, definition: &str) -> Option<Position> {
        let location = self.location.as_deref()?;
        if self.code == Code::InvalidJsonDescription {
            return jackson_position(location);
        }
        Some(position::find(definition, location))
    }
}

/// `[Source: (String)"…"; line: 1, column: 4]`
fn jackson_position(source: &str) -> Option<Position> {
    let (_, place) = source.rsplit_once("; line: ")?;
    let (line, column) = place.strip_suffix(']')?.split_once(", column: ")?;
    Some(Position { line: line.parse().ok()?, column: column.parse().ok()? })
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = self.location.as_deref().unwrap_or("null");
        write!(f, "{}: {} at {location}", self.code.as_str(), self.message)
    }
}

/// The message of InvalidDefinition. Several diagnostics are quoted each, and once more together, as on AWS.
pub fn invalid_definition(diagnostics: &[Diagnostic]) -> String {
    let quoted: Vec<String> = diagnostics.iter().map(|d| format!("'{d}'")).collect();
    match quoted.as_slice() {
        [one] => format!("Invalid State Machine Definition: {one}"),
        several => format!("Invalid State Machine Definition: '{}'", several.join(", ")),
    }
}

/// The diagnostics found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    pub fn schema(&mut self, location: &str, message: impl Into<String>) {
        self.error(Code::SchemaValidationFailed, Some(location), message);
    }

    pub fn error(&mut self, code: Code, location: Option<&str>, message: impl Into<String>) {
        self.add(Severity::Error, code, location, message);
    }

    pub fn warning(&mut self, code: Code, location: &str, message: impl Into<String>) {
        self.add(Severity::Warning, code, Some(location), message);
    }

    fn add(&mut self, severity: Severity, code: Code, location: Option<&str>, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic {
            severity,
            code,
            message: message.into(),
            location: location.map(str::to_owned),
        });
    }

    pub fn len(&self) -> usize {
        self.diagnostics.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(location: Option<&str>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: Code::SchemaValidationFailed,
            message: "These fields are required: [States]".to_owned(),
            location: location.map(str::to_owned),
        }
    }

    #[test]
    fn one_diagnostic_is_quoted_once() {
        assert_eq!(
            invalid_definition(&[diagnostic(Some("/"))]),
            "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'"
        );
    }

    #[test]
    fn several_are_quoted_each_and_together() {
        assert_eq!(
            invalid_definition(&[diagnostic(Some("/States/A")), diagnostic(None)]),
            "Invalid State Machine Definition: \
             ''SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /States/A', \
             'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at null''"
        );
    }
}
