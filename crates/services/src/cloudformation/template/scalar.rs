//! What a plain YAML scalar means. CloudFormation reads YAML 1.1 in the manner of SnakeYAML, which surprises people:
//! `0300` is 192, `012345678901` a floating point number, `yes` true. Dates stay texts, and so do values in base 60 (`22:22`).

use super::node::Content;
use serde_json::Number;

/// The value of an unquoted, untagged scalar.
#[must_use]
pub fn plain(text: &str) -> Content {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Content::Bool(true, text.to_owned())
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Content::Bool(false, text.to_owned())
        }
        _ => number(text).unwrap_or_else(|| Content::Text(text.to_owned())),
    }
}

/// The number that a text is in YAML 1.1, if it is one. An integer beyond 64 bits stays a text and so loses no digit.
#[must_use]
pub fn number(text: &str) -> Option<Content> {
    if !text.contains(|character: char| character.is_ascii_digit()) {
        return None;
    }
    if is_integer(text) {
        let number = integer(text)?;
        return Some(Content::Number(number));
    }
    if !is_float(text) {
        return None;
    }
    let float: f64 = text.replace('_', "").parse().ok()?;
    Number::from_f64(float).map(Content::Number)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    let all = |digits: &str, legal: fn(&u8) -> bool| {
        !digits.is_empty() && digits.bytes().all(|byte| byte == b'_' || legal(&byte))
    };
    if let Some(binary) = digits.strip_prefix("0b") {
        return all(binary, |byte| matches!(byte, b'0' | b'1'));
    }
    if let Some(hexadecimal) = digits.strip_prefix("0x") {
        return all(hexadecimal, u8::is_ascii_hexdigit);
    }
    if let Some(octal) = digits.strip_prefix('0') {
        return octal.is_empty() || all(octal, |byte| matches!(byte, b'0'..=b'7'));
    }
    digits.starts_with(|first: char| first.is_ascii_digit()) && all(digits, u8::is_ascii_digit)
}

fn integer(text: &str) -> Option<Number> {
    let digits = unsigned(text).replace('_', "");
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits.as_str()),
    };
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if !text.starts_with('-') {
        return Some(Number::from(magnitude));
    }
    i64::try_from(-i128::from(magnitude)).ok().map(Number::from)
}

/// `1.5`, `.5`, `1e3`, and digits that are no integer (`089`).
fn is_float(text: &str) -> bool {
    let digits = unsigned(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| is_digits(unsigned(exponent), false));
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => starts_with_digit(fraction) && is_digits(fraction, true),
        Some((whole, fraction)) => {
            starts_with_digit(whole)
                && is_digits(whole, true)
                && (fraction.is_empty() || is_digits(fraction, true))
        }
        None => starts_with_digit(mantissa) && is_digits(mantissa, true),
    };
    exponent_fits && mantissa_fits
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

fn is_digits(text: &str, underscores: bool) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || (underscores && byte == b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match plain(text) {
            Content::Null => "null".to_owned(),
            Content::Bool(value, _) => format!("bool {value}"),
            Content::Number(number) => format!("number {number}"),
            Content::Text(text) => format!("text {text}"),
            Content::List(_) | Content::Map(_) => unreachable!("a scalar is no collection"),
        }
    }

    #[test]
    fn plain_scalars_are_yaml_1_1_without_dates() {
        for (text, expected) in [
            ("", "null"),
            ("~", "null"),
            ("Null", "null"),
            ("nULL", "text nULL"),
            ("yes", "bool true"),
            ("No", "bool false"),
            ("off", "bool false"),
            ("y", "text y"),
            ("true", "bool true"),
            ("010", "number 8"),
            ("0300", "number 192"),
            ("000001", "number 1"),
            ("0", "number 0"),
            ("-0", "number 0"),
            ("089", "number 89.0"),
            ("012345678901", "number 12345678901.0"),
            ("0x1F", "number 31"),
            ("0b101", "number 5"),
            ("1_000", "number 1000"),
            ("+5", "number 5"),
            ("-5", "number -5"),
            ("123456789012", "number 123456789012"),
            ("123456789012345678901234567890", "text 123456789012345678901234567890"),
            ("-9223372036854775808", "number -9223372036854775808"),
            ("1.10", "number 1.1"),
            (".5", "number 0.5"),
            ("5.", "number 5.0"),
            ("1e3", "number 1000.0"),
            ("1.2.3", "text 1.2.3"),
            ("10.0.0.0/16", "text 10.0.0.0/16"),
            ("2012-10-17", "text 2012-10-17"),
            ("22:22", "text 22:22"),
            (".inf", "text .inf"),
            ("1e999", "text 1e999"),
            ("e5", "text e5"),
            ("_1", "text _1"),
            ("-", "text -"),
            ("0x", "text 0x"),
            ("0o17", "text 0o17"),
            ("arn:aws:sns:us-east-1:0:x", "text arn:aws:sns:us-east-1:0:x"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
