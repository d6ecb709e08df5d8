//! `$sum`, `$count`, `$max`, `$min`, `$average`.

use crate::error::Result;
use crate::evaluate::{Arguments, Evaluator};
use crate::value::Value;

pub(super) fn count<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    Ok(Value::Number(arguments.get(0).list().map_or(0.0, |list| list.len() as f64)))
}

pub(super) fn sum<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    Ok(numbers(arguments).map_or(Value::Undefined, |numbers| Value::Number(numbers.iter().sum())))
}

pub(super) fn max<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    Ok(folded(arguments, f64::max))
}

pub(super) fn min<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    Ok(folded(arguments, f64::min))
}

pub(super) fn average<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    Ok(match numbers(arguments) {
        Some(numbers) if !numbers.is_empty() => {
            Value::Number(numbers.iter().sum::<f64>() / numbers.len() as f64)
        }
        _ => Value::Undefined,
    })
}

fn folded<'a>(arguments: &Arguments<'a>, fold: fn(f64, f64) -> f64) -> Value<'a> {
    let numbers = numbers(arguments).unwrap_or_default();
    numbers.into_iter().reduce(fold).map_or(Value::Undefined, Value::Number)
}

/// The numbers; `None` for undefined.
fn numbers(arguments: &Arguments) -> Option<Vec<f64>> {
    // A sum of nothing is zero, not JavaScript's negative one.
    arguments.get(0).list().map(|list| list.iter().filter_map(|item| item.as_number()).collect())
}
