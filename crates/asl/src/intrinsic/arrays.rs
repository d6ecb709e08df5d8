//! The functions on arrays. Two values are equal when they are the same JSON: `1` is not `1.0`.

use std::collections::HashSet;

use serde_json::Value;

use super::{Arguments, Failure};
use crate::limits::weight;

/// AWS's limit on the array that States.ArrayRange makes.
const MAX_RANGE_ITEMS: i128 = 1000;

pub(super) fn array(mut arguments: Arguments) -> Result<Value, Failure> {
    let Arguments { values, budget, .. } = &mut arguments;
    let items = (0..values.count()).map(|index| values.take(index, budget)).collect::<Result<Vec<_>, _>>()?;
    Ok(Value::Array(items))
}

pub(super) fn contains(arguments: Arguments) -> Result<Value, Failure> {
    let items = arguments.values.array(0)?;
    arguments.budget.spend_steps(weight(arguments.values.at(0)))?;
    Ok(Value::Bool(items.contains(arguments.values.at(1))))
}

pub(super) fn item(arguments: Arguments) -> Result<Value, Failure> {
    let items = arguments.values.array(0)?;
    let position = arguments.values.at(1);
    let Value::Number(number) = position else { return Err(arguments.values.wrong(1, "a number")) };
    let index = number
        .as_u64()
        .or_else(|| number.as_f64().filter(|n| *n >= 0.0 && n.fract() == 0.0).map(|n| n as u64));
    match index.and_then(|index| usize::try_from(index).ok()).and_then(|index| items.get(index)) {
        Some(item) => Ok(arguments.budget.copy(item)?),
        None => {
            let length = items.len();
            Err(Failure::Invalid(format!(
                "The index {position} is out of bounds of an array with {length} items"
            )))
        }
    }
}

pub(super) fn length(arguments: Arguments) -> Result<Value, Failure> {
    Ok(arguments.values.array(0)?.len().into())
}

pub(super) fn partition(arguments: Arguments) -> Result<Value, Failure> {
    let size = arguments.values.integer(1)?;
    let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
        return Err(Failure::Invalid(format!("The chunk size must be a positive integer but was {size}")));
    };
    let mut parts = Vec::new();
    for chunk in arguments.values.array(0)?.chunks(size) {
        let items = chunk.iter().map(|item| arguments.budget.copy(item)).collect::<Result<Vec<_>, _>>()?;
        parts.push(Value::Array(items));
    }
    Ok(Value::Array(parts))
}

pub(super) fn range(arguments: Arguments) -> Result<Value, Failure> {
    let (start, end, step) =
        (arguments.values.integer(0)?, arguments.values.integer(1)?, arguments.values.integer(2)?);
    if step == 0 {
        return Err(Failure::Invalid("The step of a range must not be 0".to_owned()));
    }
    let distance = (i128::from(end) - i128::from(start)) * i128::from(step.signum());
    let count = if distance < 0 { 0 } else { distance / i128::from(step).abs() + 1 };
    if count > MAX_RANGE_ITEMS {
        return Err(Failure::Invalid(format!(
            "A range has at most {MAX_RANGE_ITEMS} items but this one has {count}"
        )));
    }
    let items = std::iter::successors(Some(start), |item| item.checked_add(step));
    Ok(items.take(usize::try_from(count).unwrap_or(0)).collect())
}

pub(super) fn unique(arguments: Arguments) -> Result<Value, Failure> {
    let items = arguments.values.array(0)?;
    arguments.budget.spend_steps(weight(arguments.values.at(0)))?;
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in items {
        let mut identity = String::new();
        identify(item, &mut identity);
        if seen.insert(identity) {
            kept.push(arguments.budget.copy(item)?);
        }
    }
    Ok(Value::Array(kept))
}

/// Writes a text that equal values share: the order of an object's fields doesn't count.
fn identify(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for item in items {
                identify(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_unstable();
            text.push('{');
            for name in names {
                identify(&Value::from(name.as_str()), text);
                text.push(':');
                identify(fields.get(name).unwrap_or(&Value::Null), text);
                text.push(',');
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}
