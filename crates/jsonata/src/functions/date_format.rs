//! `$fromMillis`, `$now`, `$millis`.

use super::calendar::{DAYS, MONTHS, Moment};
use super::date_picture::{DatePicture, Marker, Part};
use super::integer_format::formatted;
use super::integer_parse::leading_integer;
use super::integer_picture::{Case, IntegerPicture};
use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Str, Value};

const ISO_8601: &str = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";

/// The furthest from 1970 that JavaScript's dates go.
const MAX_MS: f64 = 8.64e15;

pub(super) fn millis<'a>(evaluator: &mut Evaluator<'a>, _: &mut Arguments<'a>) -> Result<Value<'a>> {
    Ok(Value::Number(evaluator.scope.now_ms() as f64))
}

pub(super) fn now<'a>(evaluator: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let now = evaluator.scope.now_ms() as f64;
    format(evaluator, now, arguments.text(0), arguments.text(1))
}

pub(super) fn from_millis<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(ms) = arguments.number(0) else { return Ok(Value::Undefined) };
    format(evaluator, ms, arguments.text(1), arguments.text(2))
}

/// A time zone as JSONata reads it, from `+hhmm`.
struct Offset {
    hours: f64,
    minutes: f64,
}

fn format<'a>(
    evaluator: &mut Evaluator<'a>,
    ms: f64,
    picture: Option<Str<'a>>,
    zone: Option<Str<'a>>,
) -> Result<Value<'a>> {
    let number = zone.map_or(0.0, |zone| leading_integer(&zone));
    let number = if number.is_nan() { 0.0 } else { number };
    let offset = Offset { hours: (number / 100.0).floor(), minutes: number % 100.0 };
    let shifted = (ms + (60.0 * offset.hours + offset.minutes) * 60_000.0).trunc();
    if shifted.abs() > MAX_MS || shifted.is_nan() {
        return Err(Error::new("D1001").value(crate::value::number_json(ms)).into());
    }
    let moment = Moment::new(shifted as i64);
    let picture = picture.unwrap_or(Str::Data(ISO_8601));
    evaluator.meter.steps(30 + picture.len() as u64)?;
    let mut text = String::new();
    for part in DatePicture::parse(&picture)?.parts {
        let piece = match part {
            Part::Literal(literal) => literal,
            Part::Marker(marker) => component(evaluator, &moment, &marker, &offset)?,
        };
        evaluator.meter.steps(2)?;
        text.push_str(&piece);
    }
    evaluator.text(text)
}

fn component(evaluator: &mut Evaluator, moment: &Moment, marker: &Marker, offset: &Offset) -> Result<String> {
    match marker.component {
        'Z' | 'z' => zone(evaluator, marker, offset),
        'P' => {
            let half = if moment.hour() >= 12 { "pm" } else { "am" };
            Ok(if marker.names == Some(Case::Upper) { half.to_uppercase() } else { half.to_owned() })
        }
        'C' | 'E' => Ok("ISO".to_owned()),
        _ => {
            let Some(value) = moment.component(marker.component) else {
                // With a presentation of its own an unknown component is let through, and this is what JavaScript writes.
                return Ok("undefined".to_owned());
            };
            match (&marker.integer, marker.names) {
                (Some(picture), _) => number(evaluator, value, marker, picture),
                (None, Some(case)) => name(value, marker, case),
                (None, None) => Ok(value.to_string()),
            }
        }
    }
}

fn number(
    evaluator: &mut Evaluator,
    value: i64,
    marker: &Marker,
    picture: &IntegerPicture,
) -> Result<String> {
    let value = match marker.year_digits {
        Some(digits) if digits < 18 => value % 10i64.pow(digits),
        _ => value,
    };
    formatted(evaluator, value as f64, picture)
}

fn name(value: i64, marker: &Marker, case: Case) -> Result<String> {
    let names: &[&str] = match marker.component {
        'M' | 'x' => &MONTHS,
        'F' => &DAYS,
        _ => return Err(Error::new("D3133").value(marker.component.to_string()).into()),
    };
    let name = names.get(value as usize - 1).copied().unwrap_or("");
    let name = match case {
        Case::Upper => name.to_uppercase(),
        Case::Lower => name.to_lowercase(),
        Case::Title => name.to_owned(),
    };
    Ok(name.chars().take(marker.max_width.unwrap_or(usize::MAX)).collect())
}

fn zone(evaluator: &mut Evaluator, marker: &Marker, offset: &Offset) -> Result<String> {
    let Some(picture) = &marker.integer else { return Ok(String::new()) };
    let whole = offset.hours * 100.0 + offset.minutes;
    if whole == 0.0 && marker.modifier == Some('t') {
        return Ok("Z".to_owned());
    }
    let digits = picture.mandatory_digits;
    let mut text = match (picture.regular, digits) {
        (Some(_), _) | (None, 3 | 4) => formatted(evaluator, whole, picture)?,
        (None, 1 | 2) => {
            let minutes = match offset.minutes {
                0.0 => String::new(),
                minutes => format!(":{}", formatted(evaluator, minutes, &IntegerPicture::parse("00")?)?),
            };
            formatted(evaluator, offset.hours, picture)? + &minutes
        }
        _ => return Err(Error::new("D3134").value(digits).into()),
    };
    if whole >= 0.0 {
        text.insert(0, '+');
    }
    Ok(if marker.component == 'z' { format!("GMT{text}") } else { text })
}
