//! `$toMillis`: a date and time from ISO 8601, or by a picture.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use super::calendar::{DAY_MS, DAYS, MONTHS, Moment, civil, days};
use super::date_picture::{DatePicture, Marker, Part};
use super::integer_parse::{leading_integer, parsed, pattern};
use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator};
use crate::value::Value;

/// Steps for compiling a picture's regular expression, which takes its time.
const COMPILE_STEPS: u64 = 3_000;
const MAX_SIZE: usize = 1 << 20;

pub(super) fn to_millis<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    evaluator.meter.walk(text.len())?;
    let ms = match arguments.text(1) {
        None => iso_8601(&text).ok_or_else(|| Error::new("D3110").value(&*text)).map(Some)?,
        Some(picture) => {
            evaluator.meter.steps(COMPILE_STEPS + picture.len() as u64 * 20)?;
            by_picture(&text, &picture, evaluator.scope.now_ms())?
        }
    };
    Ok(ms.map_or(Value::Undefined, Value::Number))
}

static ISO_8601: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let date = r"([0-9]{4})(?:-([01][0-9]))?(?:-([0-3][0-9]))?";
    let time =
        r"(?:T([0-2][0-9]):([0-5][0-9]):([0-5][0-9]))?(\.[0-9]+)?(?:([+-])([0-2][0-9]):?([0-5][0-9])|Z)?";
    Regex::new(&format!("^{date}{time}$")).ok()
});

/// `None`: not of the form. A date that there isn't is `NaN`.
fn iso_8601(text: &str) -> Option<f64> {
    let captures = ISO_8601.as_ref()?.captures(text)?;
    let field = |index: usize, otherwise: i64| {
        captures.get(index).map_or(Some(otherwise), |group| group.as_str().parse::<i64>().ok())
    };
    let (year, month, day) = (field(1, 1970)?, field(2, 1)?, field(3, 1)?);
    let (hour, minute, second) = (field(4, 0)?, field(5, 0)?, field(6, 0)?);
    let fraction = captures.get(7).map_or(0.0, |group| group.as_str().parse::<f64>().unwrap_or(0.0));
    let whole_day = hour == 24 && minute == 0 && second == 0;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || (hour > 23 && !whole_day) {
        return Some(f64::NAN);
    }
    let sign = if captures.get(8).is_some_and(|group| group.as_str() == "-") { -1 } else { 1 };
    let offset = sign * (field(9, 0)? * 60 + field(10, 0)?) * 60_000;
    let ms = days(year, month - 1, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 - offset;
    Some(ms as f64 + (fraction * 1000.0 + 1e-9).floor())
}

/// How the text of a part becomes a number.
fn read(marker: &Marker, text: &str) -> std::result::Result<Option<f64>, Box<Error>> {
    match (marker.component, &marker.integer) {
        ('Z' | 'z', _) => Ok(Some(zone(marker, text))),
        ('f', _) => {
            let digits: String = text.chars().take(3).collect();
            Ok(format!("0.{digits}").parse::<f64>().ok().map(|fraction| fraction * 1000.0))
        }
        (_, Some(picture)) => parsed(text, picture).map(Some),
        (_, None) => Ok(named(marker, text)),
    }
}

/// The number of a name; upper and lower case matter here.
fn named(marker: &Marker, text: &str) -> Option<f64> {
    let names: &[&str] = match marker.component {
        'M' | 'x' => &MONTHS,
        'F' => &DAYS,
        _ => {
            let half = ["am", "pm"].iter().position(|half| *half == text || half.to_uppercase() == text);
            return half.map(|half| half as f64);
        }
    };
    let width = marker.max_width.filter(|width| *width > 0).unwrap_or(usize::MAX);
    let shortened = |name: &str| name.chars().take(width).collect::<String>();
    names.iter().rposition(|name| shortened(name) == text).map(|index| index as f64 + 1.0)
}

fn separator(marker: &Marker) -> Option<char> {
    marker.integer.as_ref().and_then(|picture| picture.regular).map(|(_, separator)| separator)
}

/// A time zone in minutes.
fn zone(marker: &Marker, text: &str) -> f64 {
    let text = if marker.component == 'z' { text.get(3..).unwrap_or("") } else { text };
    if let Some((hours, minutes)) = separator(marker).and_then(|separator| text.split_once(separator)) {
        return leading_integer(hours) * 60.0 + leading_integer(minutes);
    }
    if text.len() <= 3 {
        return leading_integer(text) * 60.0;
    }
    leading_integer(&text[..3]) * 60.0 + leading_integer(&text[3..])
}

fn part_pattern(part: &Part) -> std::result::Result<String, Box<Error>> {
    let marker = match part {
        Part::Literal(text) => return Ok(regex::escape(text)),
        Part::Marker(marker) => marker,
    };
    Ok(match (marker.component, &marker.integer) {
        ('Z' | 'z', _) => {
            let prefix = if marker.component == 'z' { "GMT" } else { "" };
            let rest = separator(marker)
                .map_or(String::new(), |c| format!("{}[0-9]+", regex::escape(&c.to_string())));
            format!("{prefix}[-+][0-9]+{rest}")
        }
        ('f', _) => "[0-9]+".to_owned(),
        (_, Some(picture)) => pattern(picture)?,
        ('M' | 'x' | 'F' | 'P', None) => "[a-zA-Z]+".to_owned(),
        (component, None) => return Err(Error::new("D3133").value(component.to_string())),
    })
}

/// `None`: the text isn't written by the picture.
fn by_picture(text: &str, picture: &str, now_ms: i64) -> Result<Option<f64>> {
    let picture = DatePicture::parse(picture)?;
    let mut whole = "^".to_owned();
    for part in &picture.parts {
        whole.push_str(&format!("({})", part_pattern(part)?));
    }
    let regex = RegexBuilder::new(&format!("{whole}$")).case_insensitive(true).size_limit(MAX_SIZE).build();
    let Ok(regex) = regex else { return Err(Error::new("D3136").into()) };
    let Some(captures) = regex.captures(text) else { return Ok(None) };
    let mut components = HashMap::new();
    for (index, part) in picture.parts.iter().enumerate() {
        if let (Part::Marker(marker), Some(group)) = (part, captures.get(index + 1)) {
            components.insert(marker.component, read(marker, group.as_str())?);
        }
    }
    if components.is_empty() {
        return Ok(None);
    }
    let mut components: HashMap<char, f64> =
        components.into_iter().filter_map(|(component, value)| Some((component, value?))).collect();
    moment(&mut components, now_ms).map(Some).map_err(Into::into)
}

/// Whether all given components are among these, and at least one is.
fn fits(given: &HashMap<char, f64>, all: &str, fitting: &str) -> bool {
    let is_given = |c: &char| given.get(c).is_some_and(|value| *value != 0.0 && !value.is_nan());
    all.chars().filter(is_given).all(|c| fitting.contains(c)) && fitting.chars().any(|c| is_given(&c))
}

/// What is missing before the first given component is taken from now; what is missing behind the last is zero; what
/// is missing between them is an error.
fn moment(given: &mut HashMap<char, f64>, now_ms: i64) -> std::result::Result<f64, Box<Error>> {
    let date = |fitting| fits(given, "YXMxWwdD", fitting);
    let by_day_of_year = !date("YMD") && date("Yd");
    let by_month_week = date("Xxw");
    let by_week = !by_month_week && date("XW");
    let half_days = !fits(given, "PHhmsf", "Hmsf") && fits(given, "PHhmsf", "Phmsf");
    let dates = match (by_day_of_year, by_month_week, by_week) {
        (true, _, _) => "YD",
        (_, true, _) => "XxwF",
        (_, _, true) => "XWF",
        _ => "YMD",
    };
    fill(given, dates, if half_days { "Phmsf" } else { "Hmsf" }, now_ms)?;
    if by_month_week || by_week {
        return Err(Error::new("D3136"));
    }
    let get = |component: char| given.get(&component).copied().unwrap_or(f64::NAN);
    let year = get('Y');
    // JavaScript takes years of two digits for those of the last century.
    let year = if (0.0..=99.0).contains(&year) { year + 1900.0 } else { year };
    let (mut month, mut day) = (given.get(&'M').map_or(0.0, |month| (month - 1.0).max(0.0)), get('D'));
    if by_day_of_year {
        let (_, derived_month, derived_day) = civil(days(year as i64, 0, 1) + get('d') as i64 - 1);
        (month, day) = (derived_month as f64, derived_day as f64);
    }
    let hour = match half_days {
        true => get('h') % 12.0 + if get('P') == 1.0 { 12.0 } else { 0.0 },
        false => get('H'),
    };
    let time = ((hour * 60.0 + get('m')) * 60.0 + get('s')) * 1000.0 + get('f');
    if [year, month, day, time].iter().any(|part| !part.is_finite() || part.abs() > 1e15) {
        return Ok(f64::NAN);
    }
    let zone = given.get(&'Z').or(given.get(&'z')).copied().unwrap_or(0.0);
    let date = days(year as i64, month as i64, day as i64).saturating_mul(DAY_MS) as f64;
    Ok(date + time.trunc() - zone * 60_000.0)
}

fn fill(
    given: &mut HashMap<char, f64>,
    dates: &str,
    times: &str,
    now_ms: i64,
) -> std::result::Result<(), Box<Error>> {
    let now = Moment::new(now_ms);
    let (mut begun, mut ended) = (false, false);
    for component in dates.chars().chain(times.chars()) {
        if given.contains_key(&component) {
            begun = true;
            if ended {
                return Err(Error::new("D3136"));
            }
            continue;
        }
        ended |= begun;
        let otherwise = match begun {
            true => f64::from(u8::from("MDd".contains(component))),
            false => now.component(component).map_or(f64::NAN, |value| value as f64),
        };
        given.insert(component, otherwise);
    }
    Ok(())
}
