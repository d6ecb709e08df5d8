//! Filter policies: which messages a subscription wants.
//!
//! A policy is compiled in three steps: its text into tokens with their places, the tokens into rules, with the messages
//! of AWS's rule compiler for what can't be one; then rules are matched against attributes or a body.

mod cidr;
mod compile;
mod matching;
mod number;
mod tokens;
mod wildcard;

#[cfg(test)]
mod tests;

pub use compile::compile;
pub use matching::Body;

use cidr::Cidr;
use number::Range;
use wildcard::Wildcard;

/// A compiled policy.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterPolicy {
    root: Node,
}

/// Fields that all have to match.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    fields: Vec<(String, Field)>,
    /// From each of these lists, one has to match.
    either: Vec<Vec<Node>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Field {
    /// One of these has to hold.
    Conditions(Vec<Condition>),
    /// The field is an object.
    Nested(Node),
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    Exists(bool),
    Range(Range),
    Cidr(Cidr),
    AnythingBut(Vec<Pattern>),
    Pattern(Pattern),
}

/// What is asked of a value by itself; `AnythingBut` asks for the contrary.
#[derive(Debug, Clone, PartialEq)]
enum Pattern {
    Text(String),
    Number(f64),
    Prefix(String),
    Suffix(String),
    EqualsIgnoreCase(String),
    PrefixIgnoreCase(String),
    SuffixIgnoreCase(String),
    Wildcard(Wildcard),
}

impl FilterPolicy {
    /// Whether there is a condition within an object, which attributes can't meet.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        self.root.is_nested()
    }
}

impl Node {
    fn is_nested(&self) -> bool {
        self.fields.iter().any(|(_, field)| matches!(field, Field::Nested(_)))
            || self.either.iter().flatten().any(Self::is_nested)
    }
}
