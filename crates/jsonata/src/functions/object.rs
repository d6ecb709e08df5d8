//! Functions on objects.

use indexmap::{IndexMap, IndexSet};

use crate::error::Result;
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Flags, Str, Value};

pub(super) fn keys<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let mut names = IndexSet::new();
    collect_keys(evaluator, arguments.get(0), &mut names)?;
    let names = names.into_iter().map(Value::String).collect();
    evaluator.sequence(names)
}

fn collect_keys<'a>(
    evaluator: &mut Evaluator<'a>,
    value: &Value<'a>,
    names: &mut IndexSet<Str<'a>>,
) -> Result<()> {
    if let Some(list) = value.list() {
        for item in list.iter() {
            evaluator.meter.steps(1)?;
            stacker::maybe_grow(64 << 10, 1 << 20, || collect_keys(evaluator, &item, names))?;
        }
        return Ok(());
    }
    let fields = value.fields().unwrap_or_default();
    evaluator.charge_items(2 * fields.len())?;
    names.extend(fields.into_iter().map(|(key, _)| key));
    Ok(())
}

pub(super) fn lookup<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let name = arguments.text(1).unwrap_or(Str::Data(""));
    evaluator.lookup(arguments.get(0), &name)
}

/// An object of one field for each field.
pub(super) fn spread<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let value = arguments.take(0);
    match value.list() {
        Some(list) => {
            let mut parts = Vec::new();
            for item in list.iter() {
                spread_into(evaluator, item, &mut parts)?;
            }
            let flags = if list.len() == 0 { Flags::SEQUENCE } else { Flags::default() };
            evaluator.array(parts, flags)
        }
        None if value.fields().is_some() => {
            let mut parts = Vec::new();
            spread_into(evaluator, value, &mut parts)?;
            evaluator.sequence(parts)
        }
        None => Ok(value),
    }
}

fn spread_into<'a>(
    evaluator: &mut Evaluator<'a>,
    value: Value<'a>,
    parts: &mut Vec<Value<'a>>,
) -> Result<()> {
    evaluator.charge_items(1)?;
    if let Some(list) = value.list() {
        for item in list.iter() {
            stacker::maybe_grow(64 << 10, 1 << 20, || spread_into(evaluator, item, parts))?;
        }
        return Ok(());
    }
    match value.fields() {
        Some(fields) => {
            for (key, field) in fields {
                evaluator.charge_items(1)?;
                parts.push(evaluator.object(IndexMap::from([(key, field)]))?);
            }
        }
        None if value.is_undefined() => {}
        None => parts.push(value),
    }
    Ok(())
}

pub(super) fn merge<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let Some(list) = arguments.get(0).list() else { return Ok(Value::Undefined) };
    let mut entries = IndexMap::new();
    for item in list.iter() {
        let fields = item.fields().unwrap_or_default();
        evaluator.charge_items(2 * fields.len())?;
        entries.extend(fields);
    }
    evaluator.object(entries)
}

pub(super) fn clone<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let value = arguments.take(0);
    if value.is_undefined() { Ok(value) } else { evaluator.deep_clone(&value) }
}
