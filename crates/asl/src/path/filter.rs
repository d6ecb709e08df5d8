//! The filters of a path, `[?(@.price < 10 && @.tags contains 'x')]`: what they are and how they judge a node.
//! A comparison that makes no sense (`in` something that isn't a list) rejects the node whatever stands around it.

use std::borrow::Cow;

use regex::Regex;
use serde_json::Value;

use super::{compare, step::Step, walk::Walk};
use crate::limits::{TooMuch, text_weight};

#[derive(Clone, Debug)]
pub(super) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    /// `@.a` and `!@.a` alone.
    Exists {
        path: FilterPath,
        expected: bool,
    },
    Compare {
        left: Operand,
        operator: Operator,
        right: Operand,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Operand {
    Path(FilterPath),
    Literal(Value),
    Pattern(Box<Regex>),
}

/// `@…` or `$…` inside a filter.
#[derive(Clone, Debug)]
pub(super) struct FilterPath {
    pub(super) is_from_document: bool,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    SameTypeEqual,
    SameTypeNotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    Contains,
    All,
    SubsetOf,
    AnyOf,
    NoneOf,
    Size,
    Empty,
}

/// Why a filter does not say yes or no.
pub(super) enum Stop {
    Reject,
    TooMuch,
}

impl From<TooMuch> for Stop {
    fn from(_: TooMuch) -> Stop {
        Stop::TooMuch
    }
}

impl Filter {
    pub(super) fn accepts<'a>(&self, walk: &mut Walk<'a, '_>, node: &'a Value) -> Result<bool, TooMuch> {
        match self.judge(walk, node) {
            Ok(verdict) => Ok(verdict),
            Err(Stop::Reject) => Ok(false),
            Err(Stop::TooMuch) => Err(TooMuch),
        }
    }

    fn judge<'a>(&self, walk: &mut Walk<'a, '_>, node: &'a Value) -> Result<bool, Stop> {
        walk.budget.spend_steps(1)?;
        match self {
            Filter::Or(parts) => {
                for part in parts {
                    if part.judge(walk, node)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Filter::And(parts) => {
                for part in parts {
                    if !part.judge(walk, node)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Filter::Not(part) => Ok(!part.judge(walk, node)?),
            Filter::Exists { path, expected } => {
                let start = path.start(walk, node);
                Ok(walk.exists(&path.steps, start)? == *expected)
            }
            Filter::Compare { left, operator: Operator::Matches, right } => matches(left, right, walk, node),
            Filter::Compare { left, operator, right } => {
                let left = left.value(walk, node)?;
                let right = right.value(walk, node)?;
                compare::holds(left.as_deref(), *operator, right.as_deref(), walk.budget)
            }
        }
    }
}

impl FilterPath {
    fn start<'a>(&self, walk: &Walk<'a, '_>, node: &'a Value) -> &'a Value {
        if self.is_from_document { walk.document } else { node }
    }
}

impl Operand {
    /// `None` where a path leads nowhere.
    fn value<'s, 'a: 's>(
        &'s self,
        walk: &mut Walk<'a, '_>,
        node: &'a Value,
    ) -> Result<Option<Cow<'s, Value>>, Stop> {
        match self {
            Operand::Literal(value) => Ok(Some(Cow::Borrowed(value))),
            Operand::Path(path) => {
                let start = path.start(walk, node);
                Ok(walk.value(&path.steps, start)?)
            }
            Operand::Pattern(_) => Err(Stop::Reject),
        }
    }
}

static NOTHING: Value = Value::Null;

/// `=~`, with the expression on either side; it has to match the whole text. An array matches with any of its elements.
fn matches<'a>(
    left: &Operand,
    right: &Operand,
    walk: &mut Walk<'a, '_>,
    node: &'a Value,
) -> Result<bool, Stop> {
    let (pattern, subject) = match (left, right) {
        (Operand::Pattern(_), Operand::Pattern(_)) => return Ok(false),
        (Operand::Pattern(pattern), subject) | (subject, Operand::Pattern(pattern)) => (pattern, subject),
        _ => return Ok(false),
    };
    let value = subject.value(walk, node)?;
    let subjects: &[Value] = match value.as_deref() {
        Some(Value::Array(items)) => items,
        Some(value) => std::slice::from_ref(value),
        // What isn't there is an empty text.
        None => std::slice::from_ref(&NOTHING),
    };
    for subject in subjects {
        let text: Cow<str> = match subject {
            Value::String(text) => Cow::Borrowed(text),
            Value::Number(_) | Value::Bool(_) => Cow::Owned(subject.to_string()),
            _ => Cow::Borrowed(""),
        };
        walk.budget.spend_steps(text_weight(&text))?;
        if pattern.is_match(&text) {
            return Ok(true);
        }
    }
    Ok(false)
}
