//! `$replace`: by a text in which `$1` and the like stand for groups, or by what a function makes of each match.

use indexmap::IndexMap;

use super::regex::limit;
use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator, Match, Matches};
use crate::value::{Flags, Str, Value};

pub(super) fn replace<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    if arguments.get(1).as_str() == Some("") {
        return Err(Error::new("D3010").value("").detail("index", 2).into());
    }
    let limit = limit(arguments, 3, "D3011")?.unwrap_or(f64::INFINITY);
    if limit <= 0.0 {
        return Ok(Value::String(text));
    }
    match arguments.get(1) {
        Value::String(pattern) => {
            let replacement = evaluator.string(arguments.get(2), false)?.unwrap_or(Str::Data("undefined"));
            replace_text(evaluator, &text, pattern, &replacement, limit)
        }
        _ => replace_matches(evaluator, &text, arguments, limit),
    }
}

fn replace_text<'a>(
    evaluator: &mut Evaluator<'a>,
    text: &str,
    pattern: &str,
    replacement: &str,
    limit: f64,
) -> Result<Value<'a>> {
    evaluator.meter.bytes(text.len())?;
    let mut result = String::new();
    let mut start = 0;
    let mut count = 0.0;
    while count < limit
        && let Some(offset) = text[start..].find(pattern)
    {
        evaluator.meter.bytes(replacement.len())?;
        evaluator.meter.steps(1)?;
        result.push_str(&text[start..start + offset]);
        result.push_str(replacement);
        start += offset + pattern.len();
        count += 1.0;
    }
    result.push_str(&text[start..]);
    evaluator.text(result)
}

fn replace_matches<'a>(
    evaluator: &mut Evaluator<'a>,
    text: &Str<'a>,
    arguments: &Arguments<'a>,
    limit: f64,
) -> Result<Value<'a>> {
    evaluator.meter.bytes(text.len())?;
    let mut matches = Matches::new(arguments.get(1), text);
    let mut result = String::new();
    let mut start = 0;
    let mut count = 0.0;
    while let Some(matched) = matches.next(evaluator)? {
        if count >= limit {
            break;
        }
        result.push_str(&text[start..matched.start.max(start)]);
        start = matched.end;
        match arguments.get(2) {
            Value::String(replacement) => substitute(evaluator, replacement, &matched, &mut result)?,
            function => {
                let value = call_replacer(evaluator, function, matched)?;
                let Value::String(made) = &value else {
                    let error = Error::new("D3012");
                    let defined = !value.is_undefined();
                    return Err(if defined { error.value(value.to_json_lossy()) } else { error }.into());
                };
                evaluator.meter.bytes(made.len())?;
                result.push_str(made);
            }
        }
        count += 1.0;
    }
    result.push_str(&text[start..]);
    evaluator.text(result)
}

fn call_replacer<'a>(
    evaluator: &mut Evaluator<'a>,
    function: &Value<'a>,
    matched: Match<'a>,
) -> Result<Value<'a>> {
    let length = matched.text.as_str().map_or(0, |text| text.chars().map(char::len_utf16).sum());
    let mut entries = IndexMap::with_capacity(4);
    entries.insert(Str::Data("match"), matched.text);
    entries.insert(Str::Data("start"), Value::Number(matched.index as f64));
    entries.insert(Str::Data("end"), Value::Number((matched.index + length) as f64));
    entries.insert(Str::Data("groups"), evaluator.array(matched.groups, Flags::default())?);
    let argument = evaluator.object(entries)?;
    evaluator.call_back(function, vec![argument])
}

/// Writes a replacement: `$$` is a dollar, `$0` the match, `$n` a group of as many digits as there are groups for.
fn substitute<'a>(
    evaluator: &mut Evaluator<'a>,
    replacement: &str,
    matched: &Match<'a>,
    result: &mut String,
) -> Result<()> {
    let mut push = |evaluator: &mut Evaluator<'a>, part: &str| {
        evaluator.meter.bytes(part.len())?;
        result.push_str(part);
        Ok(())
    };
    let groups = matched.groups.len();
    let most_digits = if groups == 0 { 1 } else { groups.ilog10() as usize + 1 };
    let mut rest = replacement;
    while let Some(dollar) = rest.find('$') {
        evaluator.meter.steps(1)?;
        push(evaluator, &rest[..dollar])?;
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            push(evaluator, "$")?;
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix('0') {
            push(evaluator, matched.text.as_str().unwrap_or(""))?;
            rest = after;
            continue;
        }
        let digits = rest.bytes().take(most_digits).take_while(u8::is_ascii_digit).count();
        let mut number: usize = rest[..digits].parse().unwrap_or(0);
        if digits == 0 {
            push(evaluator, "$")?;
            continue;
        }
        let mut taken = digits;
        if most_digits > 1 && number > groups && digits == most_digits {
            taken -= 1;
            number = rest[..taken].parse().unwrap_or(0);
        }
        if let Some(Value::String(group)) = number.checked_sub(1).and_then(|index| matched.groups.get(index))
        {
            push(evaluator, group)?;
        }
        rest = &rest[taken..];
    }
    push(evaluator, rest)
}
