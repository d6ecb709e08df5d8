//! What can be wrong with a path: its text (when a definition is created), or what it meets (when it is read). The
//! texts of the latter are Jayway's, which AWS shows after `Invalid path '…' : `, names of its Java classes included.

use std::fmt;

use serde_json::Value;

use crate::limits::TooMuch;

/// The text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathSyntax {
    pub message: String,
    /// Where in the text, in bytes.
    pub at: usize,
}

impl fmt::Display for PathSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PathSyntax {}

/// The path does not lead anywhere in this document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// The last property of the path isn't there.
    NoResults { path: String },
    /// A property on the way isn't there.
    MissingProperty { path: String },
    /// A property of something that isn't an object.
    NotAnObject { fragment: String, path: String, found: &'static str },
    /// An index into something that isn't an array.
    NotAnArray { fragment: String, found: String },
    /// An index into an element that isn't there.
    NoElement { path: String },
    /// The state has no such variable.
    NoVariable { name: String },
    /// `ResultPath` can't put the result into this input.
    CannotApply { path: String, input: String },
    /// Reading or writing would cost too much.
    TooMuch,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathError::NoResults { path } => write!(f, "No results for path: {path}"),
            PathError::MissingProperty { path } => write!(f, "Missing property in path {path}"),
            PathError::NotAnObject { fragment, path, found } => write!(
                f,
                "Expected to find an object with property {fragment} in path {path} but found '{found}'. This is not \
                 a json object according to the JsonProvider: \
                 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
            ),
            PathError::NotAnArray { fragment, found } => {
                write!(f, "Filter: {fragment} can only be applied to arrays. Current context is: {found}")
            }
            PathError::NoElement { path } => write!(f, "The path {path} is null"),
            PathError::NoVariable { name } => write!(f, "The variable '${name}' is not defined"),
            PathError::CannotApply { path, input } => {
                write!(f, "Unable to apply ReferencePath {path} to input {input}")
            }
            PathError::TooMuch => TooMuch.fmt(f),
        }
    }
}

impl std::error::Error for PathError {}

impl From<TooMuch> for PathError {
    fn from(_: TooMuch) -> PathError {
        PathError::TooMuch
    }
}

/// The class that AWS's JSON reader has for a value.
pub(super) fn java_class(value: Option<&Value>) -> &'static str {
    match value {
        None => "null",
        Some(Value::Null) => "com.fasterxml.jackson.databind.node.NullNode",
        Some(Value::Bool(_)) => "com.fasterxml.jackson.databind.node.BooleanNode",
        Some(Value::String(_)) => "com.fasterxml.jackson.databind.node.TextNode",
        Some(Value::Array(_)) => "com.fasterxml.jackson.databind.node.ArrayNode",
        Some(Value::Object(_)) => "com.fasterxml.jackson.databind.node.ObjectNode",
        Some(Value::Number(number)) => match number.as_i64() {
            Some(number) if i32::try_from(number).is_ok() => "com.fasterxml.jackson.databind.node.IntNode",
            Some(_) => "com.fasterxml.jackson.databind.node.LongNode",
            None if number.is_u64() => "com.fasterxml.jackson.databind.node.BigIntegerNode",
            None => "com.fasterxml.jackson.databind.node.DoubleNode",
        },
    }
}
