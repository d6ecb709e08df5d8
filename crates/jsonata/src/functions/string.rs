//! Functions on strings that know nothing of patterns. They count in code points.

use crate::error::Result;
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Str, Value};

/// Steps for looking at all of a text.
fn walk(evaluator: &mut Evaluator, text: &str) -> Result<()> {
    evaluator.meter.walk(text.len() / 4)
}

pub(super) fn string<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let pretty = matches!(arguments.get(1), Value::Bool(true));
    Ok(evaluator.string(arguments.get(0), pretty)?.map_or(Value::Undefined, Value::String))
}

pub(super) fn substring<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    walk(evaluator, &text)?;
    let length = char_count(&text) as f64;
    let mut start = arguments.number(1).unwrap_or(0.0);
    if length + start < 0.0 {
        start = 0.0;
    }
    let end = match arguments.number(2) {
        Some(count) if count <= 0.0 => return Ok(Value::String(Str::Data(""))),
        Some(count) if start >= 0.0 => start + count,
        Some(count) => length + start + count,
        None => length,
    };
    let place = |at: f64| {
        let at = at.trunc();
        (if at < 0.0 { (length + at).max(0.0) } else { at.min(length) }) as usize
    };
    let (start, end) = (place(start), place(end));
    let (start, end) = (byte_at(&text, start), byte_at(&text, end));
    evaluator.slice(&text, start, end.max(start))
}

pub(super) fn char_count(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// The byte at which the code point of this index begins.
fn byte_at(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        return index.min(text.len());
    }
    text.char_indices().nth(index).map_or(text.len(), |(offset, _)| offset)
}

pub(super) fn substring_before<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    walk(evaluator, &text)?;
    match arguments.text(1).and_then(|part| text.find(&*part)) {
        Some(offset) => evaluator.slice(&text, 0, offset),
        None => Ok(Value::String(text)),
    }
}

pub(super) fn substring_after<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    walk(evaluator, &text)?;
    match arguments.text(1).and_then(|part| text.find(&*part).map(|offset| offset + part.len())) {
        Some(offset) => evaluator.slice(&text, offset, text.len()),
        None => Ok(Value::String(text)),
    }
}

pub(super) fn lowercase<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    evaluator.text(text.to_lowercase())
}

pub(super) fn uppercase<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    evaluator.text(text.to_uppercase())
}

pub(super) fn length<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    walk(evaluator, &text)?;
    Ok(Value::Number(char_count(&text) as f64))
}

/// Blanks at the ends go, those within become one space.
pub(super) fn trim<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    let words: Vec<&str> = text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect();
    evaluator.text(words.join(" "))
}

pub(super) fn pad<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    walk(evaluator, &text)?;
    let filler = arguments.text(2).filter(|filler| !filler.is_empty()).unwrap_or(Str::Data(" "));
    let width = arguments.number(1).unwrap_or(0.0).trunc();
    let missing = width.abs() - char_count(&text) as f64;
    if missing <= 0.0 || missing.is_nan() {
        return Ok(Value::String(text));
    }
    // Paid for before it is made: the width may be anything.
    evaluator.meter.bytes((missing as usize).saturating_add(text.len()))?;
    let padding = padding(&filler, missing as usize);
    evaluator.text(if width > 0.0 { format!("{}{padding}", &*text) } else { format!("{padding}{}", &*text) })
}

/// So many characters, of the filler again and again.
fn padding(filler: &str, count: usize) -> String {
    let length = char_count(filler);
    let rest: String = filler.chars().take(count % length).collect();
    filler.repeat(count / length) + &rest
}

pub(super) fn join<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let separator = arguments.text(1).unwrap_or(Str::Data(""));
    let Some(list) = arguments.get(0).list() else { return Ok(Value::Undefined) };
    let mut joined = String::new();
    for (index, item) in list.iter().enumerate() {
        let text = item.as_str().unwrap_or("");
        evaluator.meter.bytes(text.len() + separator.len())?;
        if index > 0 {
            joined.push_str(&separator);
        }
        joined.push_str(text);
    }
    evaluator.text(joined)
}
