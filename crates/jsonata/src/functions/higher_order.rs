//! Functions that are given functions.

use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Value, utf16_compare};

fn arity(function: &Value) -> usize {
    match function {
        Value::Function(function, _) => function.arity(),
        _ => 0,
    }
}

/// The first argument always; the others as far as the function takes note of them.
fn given<'a>(function: &Value<'a>, item: Value<'a>, key: Value<'a>, whole: &Value<'a>) -> Vec<Value<'a>> {
    match arity(function) {
        0 | 1 => vec![item],
        2 => vec![item, key],
        _ => vec![item, key, whole.clone()],
    }
}

pub(super) fn map<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let (whole, function) = (arguments.take(0), arguments.take(1));
    let Some(list) = whole.list() else { return Ok(Value::Undefined) };
    let mut results = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let given = given(&function, item, Value::Number(index as f64), &whole);
        let result = evaluator.call_back(&function, given)?;
        if !result.is_undefined() {
            evaluator.charge_items(1)?;
            results.push(result);
        }
    }
    evaluator.sequence(results)
}

pub(super) fn filter<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let (whole, function) = (arguments.take(0), arguments.take(1));
    let Some(list) = whole.list() else { return Ok(Value::Undefined) };
    let mut results = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let given = given(&function, item.clone(), Value::Number(index as f64), &whole);
        let result = evaluator.call_back(&function, given)?;
        if evaluator.truth(&result)? {
            evaluator.charge_items(1)?;
            results.push(item);
        }
    }
    evaluator.sequence(results)
}

pub(super) fn single<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let (whole, function) = (arguments.take(0), arguments.take(1));
    let Some(list) = whole.list() else { return Ok(Value::Undefined) };
    let mut found = None;
    for (index, item) in list.iter().enumerate() {
        let matches = function.is_undefined() || {
            let given = given(&function, item.clone(), Value::Number(index as f64), &whole);
            let result = evaluator.call_back(&function, given)?;
            evaluator.truth(&result)?
        };
        if matches && found.replace(item).is_some() {
            return Err(Error::new("D3138").detail("index", index).into());
        }
    }
    found.ok_or_else(|| Error::new("D3139").into())
}

pub(super) fn reduce<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let (whole, function, initial) = (arguments.take(0), arguments.take(1), arguments.take(2));
    let Some(list) = whole.list() else { return Ok(Value::Undefined) };
    let arity = arity(&function);
    if arity < 2 {
        return Err(Error::new("D3050").detail("index", 1).into());
    }
    let from_first = initial.is_undefined() && list.len() > 0;
    let mut result = if from_first { list.get(0) } else { initial };
    for index in usize::from(from_first)..list.len() {
        let mut given = vec![result, list.get(index)];
        if arity >= 3 {
            given.push(Value::Number(index as f64));
        }
        if arity >= 4 {
            given.push(whole.clone());
        }
        result = evaluator.call_back(&function, given)?;
    }
    Ok(result)
}

pub(super) fn each<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let (whole, function) = (arguments.take(0), arguments.take(1));
    let mut results = Vec::new();
    for (key, value) in whole.fields().unwrap_or_default() {
        let result = evaluator.call_back(&function, given(&function, value, Value::String(key), &whole))?;
        if !result.is_undefined() {
            evaluator.charge_items(1)?;
            results.push(result);
        }
    }
    evaluator.sequence(results)
}

pub(super) fn sift<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let (whole, function) = (arguments.take(0), arguments.take(1));
    let mut entries = IndexMap::new();
    for (key, value) in whole.fields().unwrap_or_default() {
        let given = given(&function, value.clone(), Value::String(key.clone()), &whole);
        let result = evaluator.call_back(&function, given)?;
        if evaluator.truth(&result)? {
            entries.insert(key, value);
        }
    }
    if entries.is_empty() { Ok(Value::Undefined) } else { evaluator.object(entries) }
}

pub(super) fn sort<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let (whole, function) = (arguments.take(0), arguments.take(1));
    let Some(list) = whole.list() else { return Ok(Value::Undefined) };
    if list.len() <= 1 {
        return Ok(whole);
    }
    evaluator.charge_items(list.len())?;
    let items: Vec<Value<'a>> = list.iter().collect();
    let order = if function.is_undefined() {
        if !list.all_numbers()? && !list.all_strings() {
            return Err(Error::new("D3070").detail("index", 1).into());
        }
        evaluator.merge_sort(items.len(), &mut |_, left, right| Ok(after(&items[left], &items[right])))?
    } else {
        evaluator.merge_sort(items.len(), &mut |evaluator, left, right| {
            let given = vec![items[left].clone(), items[right].clone()];
            evaluator.call_back(&function, given).map(|result| is_truthy(&result))
        })?
    };
    let sorted = order.into_iter().map(|index| items[index].clone()).collect();
    evaluator.array(sorted, crate::value::Flags::default())
}

fn after(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => utf16_compare(left, right).is_gt(),
        _ => left.as_number() > right.as_number(),
    }
}

/// What JavaScript takes for true, which is what it asks of a comparator.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Null => false,
        Value::Bool(value) => *value,
        Value::String(text) => !text.is_empty(),
        _ => value.as_number().is_none_or(|number| number != 0.0 && !number.is_nan()),
    }
}
