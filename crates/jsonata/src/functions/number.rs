//! Functions on numbers, and what makes numbers of other things.

use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Value, number_json, number_text};

fn mapped<'a>(arguments: &Arguments<'a>, map: impl FnOnce(f64) -> f64) -> Result<Value<'a>> {
    Ok(arguments.number(0).map_or(Value::Undefined, |number| Value::Number(map(number))))
}

pub(super) fn floor<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    mapped(arguments, f64::floor)
}

pub(super) fn ceil<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    mapped(arguments, f64::ceil)
}

pub(super) fn abs<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    mapped(arguments, f64::abs)
}

pub(super) fn round<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let precision = arguments.number(1).unwrap_or(0.0);
    mapped(arguments, |number| rounded(number, precision.trunc() as i32))
}

/// Rounds to so many decimals, halves to the even side.
pub(super) fn rounded(number: f64, precision: i32) -> f64 {
    let shifted = if precision == 0 { number } else { shift(number, precision) };
    let floor = shifted.floor();
    let mut result = if shifted - floor >= 0.5 { floor + 1.0 } else { floor };
    if (result - shifted).abs() == 0.5 && (result % 2.0).abs() == 1.0 {
        result -= 1.0;
    }
    if precision != 0 {
        result = shift(result, -precision);
    }
    // JSON has no negative zero.
    if result == 0.0 { 0.0 } else { result }
}

/// Moves the decimal point in the number's text, where multiplying would add digits of its own.
fn shift(number: f64, places: i32) -> f64 {
    let text = number_text(number);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent = exponent.parse::<i32>().unwrap_or(0).saturating_add(places);
    format!("{mantissa}e{exponent}").parse().unwrap_or(f64::NAN)
}

pub(super) fn sqrt<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    match arguments.number(0) {
        Some(number) if number < 0.0 => {
            Err(Error::new("D3060").value(number_json(number)).detail("index", 1).into())
        }
        _ => mapped(arguments, f64::sqrt),
    }
}

pub(super) fn power<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let Some(base) = arguments.number(0) else { return Ok(Value::Undefined) };
    let exponent = arguments.number(1).unwrap_or(f64::NAN);
    let result = base.powf(exponent);
    if !result.is_finite() {
        let error = Error::new("D3061").value(number_json(base)).detail("index", 1);
        return Err(error.detail("exp", number_json(exponent)).into());
    }
    Ok(Value::Number(result))
}

pub(super) fn random<'a>(evaluator: &mut Evaluator<'a>, _: &mut Arguments<'a>) -> Result<Value<'a>> {
    Ok(Value::Number(evaluator.next_random()))
}

/// The text of a whole number to a base.
pub(super) fn format_base<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(number) = arguments.number(0) else { return Ok(Value::Undefined) };
    let number = crate::value::checked(rounded(number, 0))?;
    let radix = arguments.number(1).map_or(10.0, |radix| rounded(radix, 0));
    if !(2.0..=36.0).contains(&radix) {
        return Err(Error::new("D3100").value(number_json(radix)).into());
    }
    if radix == 10.0 {
        return evaluator.text(number_text(number));
    }
    let mut digits = Vec::new();
    let mut rest = number.abs();
    // Beyond what a number can tell apart, JavaScript writes zeros.
    while rest >= 9_007_199_254_740_992.0 {
        digits.push('0');
        rest /= radix;
    }
    loop {
        let digit = rest % radix;
        digits.push(char::from_digit(digit as u32, radix as u32).unwrap_or('0'));
        rest = (rest - digit) / radix;
        if rest <= 0.0 {
            break;
        }
    }
    if number < 0.0 {
        digits.push('-');
    }
    evaluator.text(digits.into_iter().rev().collect())
}

pub(super) fn number<'a>(_: &mut Evaluator<'a>, arguments: &mut Arguments<'a>) -> Result<Value<'a>> {
    let argument = arguments.take(0);
    match &argument {
        Value::Undefined | Value::Number(_) | Value::DataNumber(_) => return Ok(argument),
        Value::Bool(value) => return Ok(Value::Number(f64::from(u8::from(*value)))),
        Value::String(text) => {
            if let Some(number) = parsed(text) {
                return Ok(Value::Number(number));
            }
        }
        _ => {}
    }
    Err(Error::new("D3030").value(argument.to_json_lossy()).detail("index", 1).into())
}

/// A number in JSON's form, with leading zeros if need be, or a whole one in another base.
fn parsed(text: &str) -> Option<f64> {
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        if let Some(digits) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            let digits: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(radix)).collect();
            return digits.filter(|digits| !digits.is_empty()).map(|digits| {
                digits.iter().fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(*digit))
            });
        }
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let well_formed = digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(digits);
    well_formed.then(|| text.parse::<f64>().ok()).flatten().filter(|number| number.is_finite())
}
