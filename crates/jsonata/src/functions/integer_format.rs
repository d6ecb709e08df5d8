//! `$formatInteger`, and the numbers within dates.

use super::integer_picture::{Case, IntegerPicture, Primary};
use super::words::{in_letters, in_roman, in_words};
use crate::error::Result;
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Value, checked, number_text};

pub(super) fn format_integer<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(number) = arguments.number(0) else { return Ok(Value::Undefined) };
    let picture = arguments.text(1).unwrap_or(crate::value::Str::Data("undefined"));
    evaluator.meter.walk(picture.len())?;
    let picture = IntegerPicture::parse(&picture)?;
    let text = formatted(evaluator, checked(number.floor())?, &picture)?;
    evaluator.text(text)
}

/// A whole number by its picture.
pub(super) fn formatted(evaluator: &mut Evaluator, number: f64, picture: &IntegerPicture) -> Result<String> {
    let size = number.abs();
    let text = match picture.primary {
        Primary::Letters => in_letters(size, if picture.case == Case::Upper { b'A' } else { b'a' }),
        Primary::Roman => {
            evaluator.meter.bytes((size / 1000.0) as usize)?;
            evaluator.meter.steps((size / 1000.0) as u64)?;
            cased(in_roman(size), picture.case)
        }
        Primary::Words => cased(in_words(size, picture.ordinal), picture.case),
        Primary::Decimal => {
            evaluator.meter.bytes(picture.mandatory_digits)?;
            decimal(&number_text(size), picture)
        }
        Primary::Sequence => return Err(picture.unsupported().into()),
    };
    Ok(if number < 0.0 { format!("-{text}") } else { text })
}

fn cased(text: String, case: Case) -> String {
    match case {
        Case::Upper => text.to_uppercase(),
        Case::Lower => text.to_lowercase(),
        Case::Title => text,
    }
}

fn decimal(digits: &str, picture: &IntegerPicture) -> String {
    let missing = picture.mandatory_digits.saturating_sub(digits.len());
    let in_family = |c: char| char::from_u32(u32::from(c) + picture.zero - 0x30).unwrap_or(c);
    let mut text: Vec<char> =
        std::iter::repeat_n('0', missing).chain(digits.chars()).map(in_family).collect();
    match picture.regular {
        Some((interval, separator)) => {
            let mut at = text.len();
            while at > interval {
                at -= interval;
                text.insert(at, separator);
            }
        }
        None => {
            for (position, separator) in picture.separators.iter().rev() {
                text = separated(text, *position, *separator);
            }
        }
    }
    if picture.ordinal {
        text.extend(ordinal_suffix(&text).chars());
    }
    text.into_iter().collect()
}

/// A separator before so many digits from the right. Where there are fewer, JavaScript's `substr` counts from the end.
fn separated(mut text: Vec<char>, position: usize, separator: char) -> Vec<char> {
    if position <= text.len() {
        text.insert(text.len() - position, separator);
        return text;
    }
    let kept = (position - text.len()).min(text.len());
    let mut result = vec![separator];
    result.extend_from_slice(&text[text.len() - kept..]);
    result
}

fn ordinal_suffix(text: &[char]) -> &'static str {
    let teens = text.len() > 1 && text[text.len() - 2] == '1';
    match text.last() {
        Some('1') if !teens => "st",
        Some('2') if !teens => "nd",
        Some('3') if !teens => "rd",
        _ => "th",
    }
}
