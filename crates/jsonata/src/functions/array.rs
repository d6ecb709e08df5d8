//! Functions on arrays.

use std::collections::HashSet;

use crate::error::Result;
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Flags, Str, Value, deep_equal};

pub(super) fn zip<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let lists: Vec<_> = arguments.values.iter().map(Value::list).collect();
    let length = lists.iter().map(|list| list.map_or(0, |list| list.len())).min().unwrap_or(0);
    let mut rows = Vec::new();
    for index in 0..length {
        evaluator.charge_items(1)?;
        let row = lists.iter().flatten().map(|list| list.get(index)).collect();
        rows.push(evaluator.array(row, Flags::default())?);
    }
    evaluator.array(rows, Flags::default())
}

pub(super) fn append<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let (first, second) = (arguments.take(0), arguments.take(1));
    if first.is_undefined() {
        return Ok(second);
    }
    if second.is_undefined() {
        return Ok(first);
    }
    let mut items = Vec::new();
    for value in [first, second] {
        match value.list() {
            Some(list) => {
                evaluator.charge_items(list.len())?;
                items.extend(list.iter());
            }
            None => items.push(value),
        }
    }
    evaluator.array(items, Flags::default())
}

pub(super) fn reverse<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let whole = arguments.take(0);
    match whole.list() {
        Some(list) if list.len() > 1 => {
            evaluator.charge_items(list.len())?;
            let reversed = (0..list.len()).rev().map(|index| list.get(index)).collect();
            evaluator.array(reversed, Flags::default())
        }
        _ => Ok(whole),
    }
}

pub(super) fn shuffle<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let whole = arguments.take(0);
    let Some(list) = whole.list().filter(|list| list.len() > 1) else { return Ok(whole) };
    evaluator.charge_items(list.len())?;
    let mut items: Vec<Value<'a>> = list.iter().collect();
    for last in (1..items.len()).rev() {
        let other = (evaluator.next_random() * (last + 1) as f64) as usize;
        items.swap(last, other.min(last));
    }
    evaluator.array(items, Flags::default())
}

/// Scalars are told apart by hash; arrays and objects by comparing each with each.
#[derive(PartialEq, Eq, Hash)]
enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(u64),
    String(Str<'a>),
}

pub(super) fn distinct<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let whole = arguments.take(0);
    let Some(list) = whole.list().filter(|list| list.len() > 1) else { return Ok(whole) };
    evaluator.charge_items(2 * list.len())?;
    let mut scalars = HashSet::new();
    let mut others: Vec<Value<'a>> = Vec::new();
    let mut results = Vec::new();
    for item in list.iter() {
        let scalar = match &item {
            Value::Null => Some(Scalar::Null),
            Value::Bool(value) => Some(Scalar::Bool(*value)),
            Value::String(text) => Some(Scalar::String(text.clone())),
            // Both zeros are one.
            _ => item.as_number().map(|number| Scalar::Number((number + 0.0).to_bits())),
        };
        evaluator.meter.steps(2)?;
        let is_new = match scalar {
            Some(scalar) => scalars.insert(scalar),
            None => {
                let mut known = false;
                for other in &others {
                    known = known || deep_equal(&item, other, &mut evaluator.meter)?;
                }
                if !known {
                    others.push(item.clone());
                }
                !known
            }
        };
        if is_new {
            results.push(item);
        }
    }
    let flags = if whole.flags().sequence { Flags::SEQUENCE } else { Flags::default() };
    evaluator.array(results, flags)
}
