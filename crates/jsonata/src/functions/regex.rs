//! `$match`, `$contains`, `$split`: with a string, a regular expression, or a function that acts like one.

use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator, Matches};
use crate::value::{Flags, Str, Value};

pub(super) fn contains<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    match arguments.get(1) {
        Value::Undefined => Ok(Value::Undefined),
        Value::String(part) => {
            evaluator.meter.walk(text.len() / 4)?;
            Ok(Value::Bool(text.contains(&**part)))
        }
        matcher => Ok(Value::Bool(Matches::new(matcher, &text).next(evaluator)?.is_some())),
    }
}

/// The limit of an argument: `None` for none. A negative one is an error of this code.
pub(super) fn limit(arguments: &Arguments, index: usize, code: &'static str) -> Result<Option<f64>> {
    match arguments.number(index) {
        Some(limit) if limit < 0.0 => {
            Err(Error::new(code).value(crate::value::number_json(limit)).detail("index", index + 1).into())
        }
        limit => Ok(limit),
    }
}

pub(super) fn find_matches<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    let limit = limit(arguments, 2, "D3040")?;
    let mut found = Vec::new();
    if limit.is_none_or(|limit| limit > 0.0) {
        let mut matches = Matches::new(arguments.get(1), &text);
        let mut next = matches.next(evaluator)?;
        while let Some(matched) = next {
            if limit.is_some_and(|limit| found.len() as f64 >= limit) {
                break;
            }
            let mut entries = IndexMap::with_capacity(3);
            entries.insert(Str::Data("match"), matched.text);
            entries.insert(Str::Data("index"), Value::Number(matched.index as f64));
            entries.insert(Str::Data("groups"), evaluator.array(matched.groups, Flags::default())?);
            found.push(evaluator.object(entries)?);
            next = matches.next(evaluator)?;
        }
    }
    evaluator.sequence(found)
}

pub(super) fn split<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    let limit = limit(arguments, 2, "D3020")?.unwrap_or(f64::INFINITY);
    let mut parts = Vec::new();
    if limit > 0.0 {
        match arguments.get(1) {
            Value::String(separator) => {
                split_by_text(evaluator, &text, separator, limit.trunc(), &mut parts)?
            }
            matcher => split_by_matches(evaluator, &text, matcher, limit, &mut parts)?,
        }
    }
    evaluator.array(parts, Flags::default())
}

fn split_by_text<'a>(
    evaluator: &mut Evaluator<'a>,
    text: &Str<'a>,
    separator: &str,
    limit: f64,
    parts: &mut Vec<Value<'a>>,
) -> Result<()> {
    evaluator.meter.walk(text.len() / 4)?;
    let mut start = 0;
    while (parts.len() as f64) < limit {
        evaluator.charge_items(1)?;
        let rest = &text[start..];
        let found = match separator {
            // Between all characters; there is nothing behind the last.
            "" => match rest.chars().next() {
                Some(first) => Some(start + first.len_utf8()).filter(|end| *end < text.len()),
                None => return Ok(()),
            },
            _ => rest.find(separator).map(|offset| start + offset),
        };
        match found {
            Some(end) => {
                parts.push(evaluator.slice(text, start, end)?);
                start = end + separator.len();
            }
            None => {
                parts.push(evaluator.slice(text, start, text.len())?);
                break;
            }
        }
    }
    Ok(())
}

fn split_by_matches<'a>(
    evaluator: &mut Evaluator<'a>,
    text: &Str<'a>,
    matcher: &Value<'a>,
    limit: f64,
    parts: &mut Vec<Value<'a>>,
) -> Result<()> {
    let mut matches = Matches::new(matcher, text);
    let mut start = 0;
    while let Some(matched) = matches.next(evaluator)? {
        if parts.len() as f64 >= limit {
            return Ok(());
        }
        evaluator.charge_items(1)?;
        parts.push(evaluator.slice(text, start, matched.start.max(start))?);
        start = matched.end;
    }
    if (parts.len() as f64) < limit {
        parts.push(evaluator.slice(text, start, text.len())?);
    }
    Ok(())
}
