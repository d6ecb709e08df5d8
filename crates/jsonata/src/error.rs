//! JSONata's errors: a code, JSONata's own text with the values filled in, and where in the expression it happened.
//!
//! While an error travels outwards, the calls around it fill in what it lacks (the function's name, the position);
//! the text is written when it arrives.

use serde_json::Value as Json;

use crate::limits::Exceeded;
use crate::messages;

/// An expression that can't be parsed (`S…`), or that failed on its data (`T…`: types, `D…`: values).
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// JSONata's code, such as `T1006`.
    pub code: &'static str,
    /// JSONata's text, without the code.
    pub message: String,
    /// Where in the expression: behind the piece that it is about, in UTF-16 units, as JavaScript counts.
    pub position: usize,
    /// The operator, function or piece of text that it is about.
    pub token: Option<String>,
    /// The value that was refused.
    pub value: Option<Json>,
    pub(crate) placed: bool,
    pub(crate) details: Vec<(&'static str, Json)>,
}

impl Error {
    /// An error by its code alone.
    pub(crate) fn new(code: &'static str) -> Box<Error> {
        let (token, value, details) = (None, None, Vec::new());
        Box::new(Error { code, message: String::new(), position: 0, token, value, placed: false, details })
    }

    /// An error of a function that the caller of this crate provides, with a text of its own.
    pub fn custom(code: &'static str, message: impl Into<String>) -> Box<Error> {
        Box::new(Error { message: message.into(), ..*Error::new(code) })
    }

    pub(crate) fn at(mut self: Box<Self>, position: usize) -> Box<Self> {
        self.position = position;
        self.placed = true;
        self
    }

    pub(crate) fn token(mut self: Box<Self>, token: impl Into<String>) -> Box<Self> {
        self.token = Some(token.into());
        self
    }

    pub(crate) fn value(mut self: Box<Self>, value: impl Into<Json>) -> Box<Self> {
        self.value = Some(value.into());
        self
    }

    pub(crate) fn detail(mut self: Box<Self>, name: &'static str, value: impl Into<Json>) -> Box<Self> {
        self.details.push((name, value.into()));
        self
    }

    /// Fills in what a call knows of an error within it. JSONata takes a position of zero for none.
    pub(crate) fn within_call(&mut self, name: Option<&str>, position: usize) {
        if !self.placed || self.position == 0 {
            self.position = position;
            self.placed = true;
        }
        if self.token.is_none() {
            self.token = name.map(str::to_owned);
        }
    }

    /// Writes the text.
    pub(crate) fn told(mut self: Box<Self>) -> Box<Error> {
        if self.message.is_empty() {
            self.message = messages::text(&self);
        }
        self
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

/// Why an evaluation gave no result.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The expression failed on this data.
    Error(Box<Error>),
    /// A limit was reached.
    TooMuch(Exceeded),
}

/// What travels outwards through the evaluator.
#[derive(Debug)]
pub(crate) enum Fault {
    Error(Box<Error>),
    TooMuch(Exceeded),
}

impl From<Box<Error>> for Fault {
    fn from(error: Box<Error>) -> Self {
        Fault::Error(error)
    }
}

pub(crate) type Result<T> = std::result::Result<T, Fault>;
