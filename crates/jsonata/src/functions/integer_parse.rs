//! `$parseInteger`, and the numbers within dates.

use super::integer_picture::{Case, IntegerPicture, Primary};
use super::words::{from_letters, from_roman, from_words, word_pattern};
use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator};
use crate::value::{Str, Value};

pub(super) fn parse_integer<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    let picture = arguments.text(1).unwrap_or(Str::Data("undefined"));
    evaluator.meter.walk(picture.len() + text.len())?;
    let picture = IntegerPicture::parse(&picture)?;
    Ok(Value::Number(parsed(&text, &picture)?))
}

/// The regular expression of a number that is written by a picture.
pub(super) fn pattern(picture: &IntegerPicture) -> std::result::Result<String, Box<Error>> {
    let upper = picture.case == Case::Upper;
    Ok(match picture.primary {
        Primary::Letters => (if upper { "[A-Z]+" } else { "[a-z]+" }).to_owned(),
        Primary::Roman => (if upper { "[MDCLXVI]+" } else { "[mdclxvi]+" }).to_owned(),
        Primary::Words => word_pattern(),
        Primary::Decimal => {
            let width = picture.parse_width.map_or("+".to_owned(), |width| format!("{{{width}}}"));
            format!("[0-9]{width}{}", if picture.ordinal { "(?:th|st|nd|rd)" } else { "" })
        }
        Primary::Sequence => return Err(picture.unsupported()),
    })
}

/// The number that a text stands for by a picture; `NaN` when it stands for none.
pub(super) fn parsed(text: &str, picture: &IntegerPicture) -> std::result::Result<f64, Box<Error>> {
    Ok(match picture.primary {
        Primary::Letters => from_letters(text, if picture.case == Case::Upper { b'A' } else { b'a' }),
        Primary::Roman => from_roman(text),
        Primary::Words => from_words(text),
        Primary::Decimal => decimal(text, picture),
        Primary::Sequence => return Err(picture.unsupported()),
    })
}

fn decimal(text: &str, picture: &IntegerPicture) -> f64 {
    let mut digits: Vec<char> = text.chars().collect();
    if picture.ordinal {
        digits.truncate(digits.len().saturating_sub(2));
    }
    let is_separator = |c: char| match picture.regular {
        Some(_) => c == ',',
        None => picture.separators.iter().any(|(_, separator)| *separator == c),
    };
    let to_ascii =
        |c: char| char::from_u32(u32::from(c).wrapping_sub(picture.zero).wrapping_add(0x30)).unwrap_or(c);
    let digits: String = digits.into_iter().filter(|c| !is_separator(*c)).map(to_ascii).collect();
    leading_integer(&digits)
}

/// JavaScript's `parseInt`: the digits that a text begins with; `NaN` when there are none.
pub(super) fn leading_integer(text: &str) -> f64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    digits[..length].parse::<f64>().map_or(f64::NAN, |number| sign * number)
}
