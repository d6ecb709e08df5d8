//! JSONata 2: an expression is parsed once and evaluated many times, on data that is lent to it.
//!
//! Pure: no clock, no randomness, no input or output. It is made for expressions of strangers: how much they may do
//! is counted in steps, bytes and depth, never timed, so that the same expression on the same data ends in the same
//! way on every machine. The language is that of <https://docs.jsonata.org>; where its description leaves something
//! open, the behaviour of the `jsonata` package of npm is meant, the texts of its errors included.

mod ast;
mod error;
mod evaluate;
mod functions;
mod limits;
mod messages;
mod parse;
mod references;
mod regex;
mod scope;
mod signature;
mod value;

pub use error::{Error, Failure};
pub use limits::{Exceeded, Limits, MAX_VALUE_DEPTH};
pub use references::{Reference, Subject};
pub use scope::{HostFunction, Run, Scope};
pub use signature::Signature;

/// A parsed expression. Immutable; share it by `Arc`.
#[derive(Debug)]
pub struct Expression {
    root: ast::Node,
}

/// What an evaluation gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Nothing: a path that leads nowhere, a function without a result.
    Undefined,
    /// A value; numbers that were only passed on are those that came, digit by digit.
    Value(serde_json::Value),
    /// A function or a regular expression, which JSON has none of. The pointer (RFC 6901) says where in the result
    /// the first one is; it is empty when the result itself is one.
    Unsupported { pointer: String },
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// With JSONata's `S…` codes. Two are our own: `S0303`, a regular expression that isn't one, and `S0599`, an
    /// expression of more than 4 MiB, more than a thousand levels or more than a thousand regular expressions.
    pub fn parse(text: &str) -> Result<Expression, Box<Error>> {
        parse::parse(text).map(|root| Expression { root }).map_err(|error| error.told())
    }

    /// What the expression reads from outside: variables that it doesn't bind itself, and the input. In the order of
    /// the text.
    pub fn references(&self) -> Vec<Reference> {
        references::find(&self.root)
    }

    /// Evaluates the expression.
    ///
    /// # Errors
    ///
    /// The expression's own error on this data, or the limit that it reached.
    pub fn evaluate(&self, scope: &dyn Scope, limits: Limits) -> Result<Outcome, Failure> {
        evaluate::evaluate(&self.root, scope, limits)
    }
}
