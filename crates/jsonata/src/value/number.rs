//! Numbers as JavaScript prints them, and as JSON.

use serde_json::{Number, Value as Json};

use crate::error::{Error, Fault};

/// The largest whole number that all below it can be told apart from.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// The decoded number, when it prints as it came.
#[inline]
pub(super) fn plain(number: &Number) -> Option<f64> {
    if let Some(whole) = number.as_i64() {
        return (whole.unsigned_abs() <= MAX_SAFE as u64).then_some(whole as f64);
    }
    number.as_f64().filter(|decoded| decoded.fract() != 0.0)
}

/// The number, unless it is infinite: such come of calculations, and JSON has none.
pub(crate) fn checked(number: f64) -> Result<f64, Fault> {
    if number.is_infinite() { Err(Error::new("D1001").value(()).into()) } else { Ok(number) }
}

/// A number as JSON: whole ones without decimals. What JSON hasn't is null.
pub(crate) fn number_json(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() < 1e21 {
        if number.abs() < 9.2e18 {
            return Json::from(number as i64);
        }
        if (0.0..1.8e19).contains(&number) {
            return Json::from(number as u64);
        }
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

/// The text that JavaScript gives a number: the fewest digits that tell it from all others.
pub(crate) fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if !number.is_finite() {
        return if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    if number.fract() == 0.0 && number.abs() < MAX_SAFE {
        return (number as i64).to_string();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
    let digits = mantissa.replace('.', "");
    format!("{sign}{}", placed(&digits, exponent))
}

/// Digits with a point behind the first, moved by the exponent, where JavaScript shows that in full.
fn placed(digits: &str, exponent: i32) -> String {
    let count = digits.len() as i32;
    if (0..21).contains(&exponent) {
        let whole = exponent + 1;
        if count <= whole {
            return format!("{digits}{}", "0".repeat((whole - count) as usize));
        }
        let (before, after) = digits.split_at(whole as usize);
        return format!("{before}.{after}");
    }
    if (-6..0).contains(&exponent) {
        return format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize));
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{}", exponent.abs())
}

/// A fraction rounded to fifteen digits, which hides what binary fractions leave behind.
pub(crate) fn to_precision_15(number: f64) -> f64 {
    if number.fract() == 0.0 || !number.is_finite() {
        return number;
    }
    format!("{number:.14e}").parse().unwrap_or(number)
}
