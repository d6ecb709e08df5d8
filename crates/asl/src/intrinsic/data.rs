//! The functions that turn data into other data: JSON and text, Base64, hashes, merged objects.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use md5::{Digest, Md5};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::{Arguments, Failure, Values};
use crate::limits::{Budget, text_weight};

/// AWS's limit on what is encoded, decoded or hashed.
const MAX_CHARACTERS: usize = 10_000;

/// Java's decoder wants no padding, and doesn't look at the bits that are left over.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn limited<'a>(values: &'a Values, budget: &mut Budget) -> Result<&'a str, Failure> {
    let text = values.text(0)?;
    budget.spend_steps(text_weight(text))?;
    let length = text.chars().count();
    if length > MAX_CHARACTERS {
        return Err(Failure::Invalid(format!(
            "The string has {length} characters but at most {MAX_CHARACTERS} are allowed"
        )));
    }
    Ok(text)
}

pub(super) fn base64_encode(arguments: Arguments) -> Result<Value, Failure> {
    Ok(Value::String(STANDARD.encode(limited(&arguments.values, arguments.budget)?)))
}

pub(super) fn base64_decode(arguments: Arguments) -> Result<Value, Failure> {
    match DECODER.decode(limited(&arguments.values, arguments.budget)?) {
        Ok(bytes) => Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned())),
        Err(_) => Err(Failure::Invalid("The string is not valid Base64".to_owned())),
    }
}

pub(super) fn hash(arguments: Arguments) -> Result<Value, Failure> {
    let data = limited(&arguments.values, arguments.budget)?.as_bytes();
    let algorithm = arguments.values.text(1)?;
    match digest(data, algorithm) {
        Some(digest) => Ok(Value::String(digest)),
        None => {
            let shown: String = algorithm.chars().take(80).collect();
            Err(Failure::Invalid(format!(
                "The algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512 but was {shown}"
            )))
        }
    }
}

/// In hexadecimal digits; nothing if AWS has no such algorithm.
pub(crate) fn digest(data: &[u8], algorithm: &str) -> Option<String> {
    Some(match algorithm {
        "MD5" => hex(&Md5::digest(data)),
        "SHA-1" => hex(&Sha1::digest(data)),
        "SHA-256" => hex(&Sha256::digest(data)),
        "SHA-384" => hex(&Sha384::digest(data)),
        "SHA-512" => hex(&Sha512::digest(data)),
        _ => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Fields of the second object win. Objects inside are not merged: AWS has no deep mode yet.
pub(super) fn json_merge(mut arguments: Arguments) -> Result<Value, Failure> {
    for index in [0, 1] {
        if !arguments.values.at(index).is_object() {
            return Err(arguments.values.wrong(index, "an object"));
        }
    }
    match arguments.values.at(2) {
        Value::Bool(false) => {}
        Value::Bool(true) => {
            return Err(Failure::Invalid(
                "Deep merging is not supported; argument 3 must be false".to_owned(),
            ));
        }
        _ => return Err(arguments.values.wrong(2, "a boolean")),
    }
    let mut merged = arguments.values.take(0, arguments.budget)?;
    let other = arguments.values.take(1, arguments.budget)?;
    if let (Value::Object(merged), Value::Object(other)) = (&mut merged, other) {
        merged.extend(other);
    }
    Ok(merged)
}

pub(super) fn json_to_string(arguments: Arguments) -> Result<Value, Failure> {
    let text = arguments.values.at(0).to_string();
    arguments.budget.spend_bytes(text.len())?;
    Ok(Value::String(text))
}

/// A text of blanks alone is `null`.
pub(super) fn string_to_json(arguments: Arguments) -> Result<Value, Failure> {
    let text = arguments.values.text(0)?;
    arguments.budget.spend_bytes(text.len())?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    match crate::jackson::parse(text) {
        Ok(mut value) => {
            make_zeros_plain(&mut value);
            Ok(value)
        }
        Err(error) => Err(Failure::Invalid(error.to_string())),
    }
}

/// The reader takes `-0` for a floating-point number; AWS says `0`.
fn make_zeros_plain(value: &mut Value) {
    match value {
        Value::Number(number)
            if number.as_f64().is_some_and(|zero| zero == 0.0 && zero.is_sign_negative()) =>
        {
            *value = Value::from(0);
        }
        Value::Array(items) => items.iter_mut().for_each(make_zeros_plain),
        Value::Object(fields) => fields.values_mut().for_each(make_zeros_plain),
        _ => {}
    }
}
