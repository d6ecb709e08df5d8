//! `$formatNumber`: decimal pictures, as XPath has them.

use super::integer_picture::interval;
use super::number::rounded;
use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Str, Value, checked, number_text};

/// How many decimals a picture may ask for; more than any number has.
const MAX_DECIMALS: usize = 1_100;

/// The characters of pictures, and what stands in the result.
struct Symbols {
    decimal: char,
    grouping: char,
    exponent: char,
    digit: char,
    separator: char,
    zero: char,
    minus: String,
    percent: String,
    per_mille: String,
}

impl Symbols {
    fn read(options: &Value) -> Symbols {
        let option = |name: &str, otherwise: &str| match options.field(name) {
            Value::String(text) => (*text).to_owned(),
            _ => otherwise.to_owned(),
        };
        let character = |name: &str, otherwise: char| option(name, "").chars().next().unwrap_or(otherwise);
        Symbols {
            decimal: character("decimal-separator", '.'),
            grouping: character("grouping-separator", ','),
            exponent: character("exponent-separator", 'e'),
            digit: character("digit", '#'),
            separator: character("pattern-separator", ';'),
            zero: character("zero-digit", '0'),
            minus: option("minus-sign", "-"),
            percent: option("percent", "%"),
            per_mille: option("per-mille", "\u{2030}"),
        }
    }

    fn is_digit(&self, c: char) -> bool {
        (u32::from(self.zero)..u32::from(self.zero) + 10).contains(&u32::from(c))
    }

    fn is_active(&self, c: char) -> bool {
        self.is_digit(c)
            || [self.decimal, self.exponent, self.grouping, self.digit, self.separator].contains(&c)
    }

    fn digits(&self, part: &[char]) -> usize {
        part.iter().filter(|c| self.is_digit(**c)).count()
    }

    fn places(&self, part: &[char]) -> usize {
        part.iter().filter(|c| self.is_digit(**c) || **c == self.digit).count()
    }
}

/// One of a picture's two halves, taken apart.
struct Parts {
    whole: String,
    prefix: Vec<char>,
    suffix: Vec<char>,
    active: Vec<char>,
    mantissa: Vec<char>,
    exponent: Option<Vec<char>>,
    integer: Vec<char>,
    fraction: Vec<char>,
}

pub(super) fn format_number<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(number) = arguments.number(0) else { return Ok(Value::Undefined) };
    let picture = arguments.text(1).unwrap_or(Str::Data("undefined"));
    evaluator.meter.steps(50 + picture.len() as u64)?;
    evaluator.meter.bytes(picture.len() * 8)?;
    let symbols = Symbols::read(arguments.get(2));
    let halves: Vec<&str> = picture.split(symbols.separator).collect();
    if halves.len() > 2 {
        return Err(Error::new("D3080").into());
    }
    let parts: Vec<Parts> = halves.iter().map(|half| split(half, &symbols)).collect();
    for parts in &parts {
        validate(parts, &symbols)?;
    }
    let negative = number < 0.0;
    let parts = match (negative, parts.len()) {
        (true, 2) => &parts[1],
        _ => &parts[0],
    };
    let text = written(checked(number)?, parts, &symbols);
    let sign = if negative && halves.len() == 1 { symbols.minus.as_str() } else { "" };
    let (prefix, suffix): (String, String) = (parts.prefix.iter().collect(), parts.suffix.iter().collect());
    evaluator.text(format!("{sign}{prefix}{text}{suffix}"))
}

fn split(half: &str, symbols: &Symbols) -> Parts {
    let all: Vec<char> = half.chars().collect();
    let stops = |c: &char| symbols.is_active(*c) && *c != symbols.exponent;
    let prefix = all.iter().position(stops).unwrap_or(0);
    let suffix = all.iter().rposition(stops).map_or(0, |last| all.len() - last - 1);
    let active = all[prefix..all.len() - suffix.min(all.len() - prefix)].to_vec();
    let exponent_at =
        all.iter().skip(prefix).position(|c| *c == symbols.exponent).map(|offset| offset + prefix);
    let (mantissa, exponent) = match exponent_at {
        // JSONata counts this position from the picture's beginning, and the active part from its own.
        Some(at) if at <= all.len() - suffix => {
            let cut = at.min(active.len());
            let after = (cut + 1).min(active.len());
            (active[..cut].to_vec(), Some(active[after..].to_vec()))
        }
        _ => (active.clone(), None),
    };
    let suffix = all[all.len() - suffix..].to_vec();
    let (integer, fraction) = match mantissa.iter().position(|c| *c == symbols.decimal) {
        Some(at) => (mantissa[..at].to_vec(), mantissa[at + 1..].to_vec()),
        None => (mantissa.clone(), suffix.clone()),
    };
    let prefix = all[..prefix].to_vec();
    Parts { whole: half.to_owned(), prefix, suffix, active, mantissa, exponent, integer, fraction }
}

/// Later rules win over earlier ones, as in JSONata.
fn validate(parts: &Parts, symbols: &Symbols) -> std::result::Result<(), Box<Error>> {
    let whole: Vec<char> = parts.whole.chars().collect();
    let twice = |text: &str| !text.is_empty() && parts.whole.find(text) != parts.whole.rfind(text);
    let has = |text: &str| parts.whole.contains(text);
    let (percent, per_mille) = (symbols.percent.as_str(), symbols.per_mille.as_str());
    let decimal_at = whole.iter().position(|c| *c == symbols.decimal);
    let grouping_at = |index: Option<usize>| index.and_then(|i| whole.get(i)) == Some(&symbols.grouping);
    let beside_decimal =
        decimal_at.is_some_and(|at| grouping_at(at.checked_sub(1)) || grouping_at(Some(at + 1)));
    let optional_at = parts.integer.iter().position(|c| *c == symbols.digit);
    let optional_last = parts.fraction.iter().rposition(|c| *c == symbols.digit);
    let exponent = parts.exponent.as_deref();
    let rules = [
        ("D3081", whole.iter().filter(|c| **c == symbols.decimal).count() > 1),
        ("D3082", twice(percent)),
        ("D3083", twice(per_mille)),
        ("D3084", has(percent) && has(per_mille)),
        ("D3085", symbols.places(&parts.mantissa) == 0),
        ("D3086", !parts.active.iter().all(|c| symbols.is_active(*c))),
        ("D3087", beside_decimal),
        ("D3088", decimal_at.is_none() && parts.integer.last() == Some(&symbols.grouping)),
        ("D3089", whole.windows(2).any(|pair| pair == [symbols.grouping, symbols.grouping])),
        ("D3090", optional_at.is_some_and(|at| symbols.digits(&parts.integer[..at]) > 0)),
        ("D3091", optional_last.is_some_and(|at| symbols.digits(&parts.fraction[at..]) > 0)),
        ("D3092", exponent.is_some_and(|part| !part.is_empty()) && (has(percent) || has(per_mille))),
        ("D3093", exponent.is_some_and(|part| part.is_empty() || symbols.digits(part) < part.len())),
    ];
    match rules.iter().rev().find(|(_, broken)| *broken) {
        Some((code, _)) => Err(Error::new(code)),
        None => Ok(()),
    }
}

/// The number between prefix and suffix.
fn written(number: f64, parts: &Parts, symbols: &Symbols) -> String {
    let scaling = symbols.digits(&parts.integer);
    let (mut min_integer, mut min_fraction) = (scaling, symbols.digits(&parts.fraction));
    let mut max_fraction = symbols.places(&parts.fraction).min(MAX_DECIMALS);
    let has_exponent = parts.exponent.is_some();
    if min_integer == 0 && max_fraction == 0 {
        if has_exponent {
            (min_fraction, max_fraction) = (1, 1);
        } else {
            min_integer = 1;
        }
    }
    if has_exponent && min_integer == 0 && parts.integer.contains(&symbols.digit) {
        min_integer = 1;
    }
    if min_integer == 0 && min_fraction == 0 {
        min_fraction = 1;
    }
    let min_exponent = parts.exponent.as_ref().map_or(0, |part| symbols.digits(part));
    let adjusted = if parts.whole.contains(&symbols.percent) {
        number * 100.0
    } else if parts.whole.contains(&symbols.per_mille) {
        number * 1000.0
    } else {
        number
    };
    let (mantissa, exponent) = if min_exponent == 0 { (adjusted, None) } else { scaled(adjusted, scaling) };
    let value = rounded(mantissa, max_fraction as i32);
    let mut text = digits(value.abs(), max_fraction, min_integer, min_fraction, symbols);
    group(&mut text, parts, symbols);
    let point = text.iter().position(|c| *c == symbols.decimal).unwrap_or(text.len());
    if !parts.whole.contains(symbols.decimal) || point + 1 == text.len() {
        text.pop();
    }
    let mut text: String = text.into_iter().collect();
    if let Some(exponent) = exponent {
        let size = digits(f64::from(exponent.abs()), 0, min_exponent, 0, symbols);
        text.push(symbols.exponent);
        text.push_str(if exponent < 0 { &symbols.minus } else { "" });
        text.extend(&size[..size.len() - 1]);
    }
    text
}

/// A mantissa with so many digits before the point, and its exponent.
fn scaled(number: f64, scaling: usize) -> (f64, Option<i32>) {
    let (largest, smallest) = (10f64.powi(scaling as i32), 10f64.powi(scaling as i32 - 1));
    let (mut mantissa, mut exponent) = (number, 0);
    while mantissa != 0.0 && mantissa.abs() < smallest && exponent > -2000 {
        mantissa *= 10.0;
        exponent -= 1;
    }
    while mantissa.abs() > largest && exponent < 2000 {
        mantissa /= 10.0;
        exponent += 1;
    }
    (mantissa, Some(exponent))
}

/// Digits with a decimal separator among or behind them, padded to the least that the picture wants.
fn digits(
    value: f64,
    decimals: usize,
    min_integer: usize,
    min_fraction: usize,
    symbols: &Symbols,
) -> Vec<char> {
    // Where JavaScript turns to exponents, so does this.
    let plain = if value >= 1e21 { number_text(value) } else { format!("{value:.decimals$}") };
    let (integer, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let integer = integer.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let family = |c: char| {
        c.to_digit(10).and_then(|digit| char::from_u32(u32::from(symbols.zero) + digit)).unwrap_or(c)
    };
    let zeros = |count: usize| std::iter::repeat_n(symbols.zero, count);
    zeros(min_integer.saturating_sub(integer.len()))
        .chain(integer.chars().map(family))
        .chain([symbols.decimal])
        .chain(fraction.chars().map(family))
        .chain(zeros(min_fraction.saturating_sub(fraction.len())))
        .collect()
}

/// How many places stand on one side of each separator of a part. Behind the first, JSONata looks for separators in the
/// integer part, whichever part it is about.
fn grouping_positions(part: &[char], integer: &[char], left: bool, symbols: &Symbols) -> Vec<usize> {
    let mut positions = Vec::new();
    let mut found = part.iter().position(|c| *c == symbols.grouping);
    while let Some(at) = found {
        let cut = at.min(part.len());
        positions.push(symbols.places(if left { &part[..cut] } else { &part[cut..] }));
        found =
            integer.iter().skip(at + 1).position(|c| *c == symbols.grouping).map(|offset| offset + at + 1);
    }
    positions
}

fn group(text: &mut Vec<char>, parts: &Parts, symbols: &Symbols) {
    let point = |text: &[char]| text.iter().position(|c| *c == symbols.decimal).unwrap_or(text.len());
    let positions = grouping_positions(&parts.integer, &parts.integer, false, symbols);
    let decimal = point(text);
    match interval(&positions) {
        Some(every) => {
            let mut at = decimal;
            while at > every {
                at -= every;
                text.insert(at, symbols.grouping);
            }
        }
        None => {
            for (count, position) in positions.iter().enumerate() {
                // Where there are fewer digits, JavaScript counts from the end.
                let at = match (decimal + count).checked_sub(*position) {
                    Some(at) => at,
                    None => (text.len() + decimal + count).saturating_sub(*position),
                };
                text.insert(at.min(text.len()), symbols.grouping);
            }
        }
    }
    let decimal = point(text);
    for position in grouping_positions(&parts.fraction, &parts.integer, true, symbols) {
        let at = (decimal + 1 + position).min(text.len());
        text.insert(at, symbols.grouping);
    }
}
