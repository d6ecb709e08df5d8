//! The functions on numbers, and the UUID. AWS rounds every argument to the nearest integer, halves upwards.

use serde_json::{Number, Value};

use super::{Arguments, Failure, java_random::JavaRandom};

/// Java's `Math.round`; nothing where the number doesn't fit.
pub(super) fn round(number: &Number) -> Option<i64> {
    if let Some(integer) = number.as_i64() {
        return Some(integer);
    }
    let rounded = (number.as_f64()? + 0.5).floor();
    // Below 2^63, so that the conversion is exact.
    (number.is_f64() && rounded >= -(2f64.powi(63)) && rounded < 2f64.powi(63)).then_some(rounded as i64)
}

pub(super) fn add(arguments: Arguments) -> Result<Value, Failure> {
    let (left, right) = (arguments.values.integer(0)?, arguments.values.integer(1)?);
    match left.checked_add(right) {
        Some(sum) => Ok(sum.into()),
        None => Err(Failure::Invalid(format!("The sum of {left} and {right} is out of range"))),
    }
}

/// From the start up to, but not, the end. The same seed gives the same number.
pub(super) fn random(arguments: Arguments) -> Result<Value, Failure> {
    let (start, end) = (arguments.values.integer(0)?, arguments.values.integer(1)?);
    let seed = if arguments.values.count() > 2 { Some(arguments.values.integer(2)?) } else { None };
    let Some(width) = end.checked_sub(start).filter(|width| *width > 0) else {
        return Err(Failure::Invalid(format!("The start {start} must be less than the end {end}")));
    };
    let offset = match seed {
        Some(seed) => JavaRandom::new(seed).below(width),
        None => {
            let bits = u128::from(arguments.entropy.next_u64());
            i64::try_from((bits * width as u128) >> 64).unwrap_or(0)
        }
    };
    Ok((start + offset).into())
}

pub(super) fn uuid(arguments: Arguments) -> Result<Value, Failure> {
    let (high, low) = (arguments.entropy.next_u64(), arguments.entropy.next_u64());
    Ok(Value::String(uuid_of(high, low)))
}

/// Version 4, variant 1, of so many random bits.
pub(crate) fn uuid_of(high: u64, low: u64) -> String {
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}
