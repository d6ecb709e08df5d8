//! The operators of filters on two values, with Jayway's mixture of strict and lenient: a number equals the text that
//! looks like it, unless `===` asks for the same type; values of other types are never equal and never ordered.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::filter::{Operator, Stop};
use crate::limits::{Budget, TooMuch, text_weight, weight};

/// Whether `left operator right` holds. `None` is a path that leads nowhere: not even equal to itself.
pub(super) fn holds(
    left: Option<&Value>,
    operator: Operator,
    right: Option<&Value>,
    budget: &mut Budget,
) -> Result<bool, Stop> {
    Ok(match operator {
        Operator::Equal => equal(left, right, budget)?,
        Operator::NotEqual => !equal(left, right, budget)?,
        Operator::SameTypeEqual => same_type(left, right) && equal(left, right, budget)?,
        Operator::SameTypeNotEqual => !(same_type(left, right) && equal(left, right, budget)?),
        Operator::Less => order(left, right).is_some_and(Ordering::is_lt),
        Operator::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
        Operator::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Operator::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
        // `=~` needs the compiled expression, and is decided where that is at hand.
        Operator::Matches => false,
        Operator::In => list(right)?.map_or(Ok(false), |items| includes(items, left, budget))?,
        Operator::NotIn => !list(right)?.map_or(Ok(false), |items| includes(items, left, budget))?,
        Operator::Contains => contains(left, right, budget)?,
        Operator::All => sets(right, left, every, budget)?,
        Operator::SubsetOf => sets(left, right, every, budget)?,
        Operator::AnyOf => sets(left, right, any, budget)?,
        Operator::NoneOf => sets(left, right, |a, b, budget| any(a, b, budget).map(|any| !any), budget)?,
        Operator::Size => has_size(left, right),
        Operator::Empty => is_empty(left, right)?,
    })
}

fn equal(left: Option<&Value>, right: Option<&Value>, budget: &mut Budget) -> Result<bool, TooMuch> {
    let (Some(left), Some(right)) = (left, right) else { return Ok(false) };
    Ok(match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right) == Some(Ordering::Equal),
        (Value::Number(left), Value::String(right)) => {
            right.parse().is_ok_and(|right: Number| compare_numbers(left, &right) == Some(Ordering::Equal))
        }
        (Value::String(left), Value::Number(right)) => *left == right.to_string(),
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => {
            budget.spend_steps(weight(left).min(weight(right)))?;
            left == right
        }
        (left, right) => left == right,
    })
}

fn same_type(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Array(_) | Value::Object(_)), Some(Value::Array(_) | Value::Object(_))) => true,
        (Some(left), Some(right)) => std::mem::discriminant(left) == std::mem::discriminant(right),
        (left, right) => left.is_none() && right.is_none(),
    }
}

fn order(left: Option<&Value>, right: Option<&Value>) -> Option<Ordering> {
    match (left?, right?) {
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right),
        (Value::String(left), Value::String(right)) => Some(compare_texts(left, right)),
        (Value::String(left), Value::Number(right)) => Some(compare_texts(left, &right.to_string())),
        (Value::Number(left), Value::String(right)) => Some(compare_texts(&left.to_string(), right)),
        _ => None,
    }
}

/// By value: `1` and `1.0` are equal here. Whole numbers are compared exactly.
pub(crate) fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// Java's order of texts: by UTF-16 units.
pub(crate) fn compare_texts(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

/// The elements of an array; an object has none to look at; any other value, or none at all, rejects the node.
fn list(value: Option<&Value>) -> Result<Option<&[Value]>, Stop> {
    match value {
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(Value::Object(_)) => Ok(None),
        _ => Err(Stop::Reject),
    }
}

fn includes(items: &[Value], value: Option<&Value>, budget: &mut Budget) -> Result<bool, TooMuch> {
    for item in items {
        budget.spend_steps(1)?;
        if equal(value, Some(item), budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn contains(left: Option<&Value>, right: Option<&Value>, budget: &mut Budget) -> Result<bool, TooMuch> {
    match (left, right) {
        (Some(Value::String(left)), Some(Value::String(right))) => {
            budget.spend_steps(text_weight(left))?;
            Ok(left.contains(right.as_str()))
        }
        (Some(Value::Array(items)), right) => includes(items, right, budget),
        _ => Ok(false),
    }
}

/// A relation of two arrays; false where the first isn't one.
fn sets(
    left: Option<&Value>,
    right: Option<&Value>,
    relation: impl Fn(&[Value], &[Value], &mut Budget) -> Result<bool, TooMuch>,
    budget: &mut Budget,
) -> Result<bool, Stop> {
    match (list(left)?, list(right)?) {
        (Some(left), Some(right)) => Ok(relation(left, right, budget)?),
        _ => Ok(false),
    }
}

fn every(items: &[Value], all: &[Value], budget: &mut Budget) -> Result<bool, TooMuch> {
    for item in items {
        if !includes(all, Some(item), budget)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any(items: &[Value], others: &[Value], budget: &mut Budget) -> Result<bool, TooMuch> {
    for item in items {
        if includes(others, Some(item), budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_size(left: Option<&Value>, right: Option<&Value>) -> bool {
    let Some(expected) = right.and_then(Value::as_f64) else { return false };
    let size = match left {
        Some(Value::String(text)) => text.encode_utf16().count(),
        Some(Value::Array(items)) => items.len(),
        _ => return false,
    };
    size as f64 == expected.trunc()
}

fn is_empty(left: Option<&Value>, right: Option<&Value>) -> Result<bool, Stop> {
    let is_empty = match left {
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        _ => return Ok(false),
    };
    match right {
        Some(Value::Bool(expected)) => Ok(is_empty == *expected),
        _ => Err(Stop::Reject),
    }
}
