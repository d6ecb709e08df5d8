//! Base64 and URLs.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::error::{Error, Result};
use crate::evaluate::{Arguments, Evaluator};
use crate::value::Value;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What stands for itself in a component.
const UNRESERVED: &[u8] = b"-_.!~*'()";
/// What stands for itself in a whole URL, and stays as it is when one is decoded.
const RESERVED: &[u8] = b";/?:@&=+$,#";

/// Characters are bytes, the lower eight bits of each, as JavaScript's `btoa` has it.
pub(super) fn base64_encode<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    let bytes: Vec<u8> = text.encode_utf16().map(|unit| unit as u8).collect();
    evaluator.text(LENIENT.encode(bytes))
}

/// Bytes are characters; what isn't Base64 is passed over.
pub(super) fn base64_decode<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    let mut digits: Vec<u8> = text
        .bytes()
        .take_while(|byte| *byte != b'=')
        .filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' => Some(byte),
            _ if byte.is_ascii_alphanumeric() => Some(byte),
            _ => None,
        })
        .collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    let bytes = LENIENT.decode(digits).unwrap_or_default();
    evaluator.text(bytes.into_iter().map(char::from).collect())
}

pub(super) fn encode_url_component<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    encode(evaluator, arguments, &[UNRESERVED], "encodeUrlComponent")
}

pub(super) fn encode_url<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    encode(evaluator, arguments, &[UNRESERVED, RESERVED], "encodeUrl")
}

fn encode<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &Arguments<'a>,
    kept: &[&[u8]],
    name: &'static str,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    if text.contains('\u{fffd}') {
        // What half a character became when it was read; JavaScript can't encode that.
        return Err(malformed(&text, name));
    }
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.iter().any(|set| set.contains(&byte)) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    evaluator.text(encoded)
}

pub(super) fn decode_url_component<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    decode(evaluator, arguments, b"", "decodeUrlComponent")
}

pub(super) fn decode_url<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &mut Arguments<'a>,
) -> Result<Value<'a>> {
    decode(evaluator, arguments, RESERVED, "decodeUrl")
}

fn decode<'a>(
    evaluator: &mut Evaluator<'a>,
    arguments: &Arguments<'a>,
    kept: &[u8],
    name: &'static str,
) -> Result<Value<'a>> {
    let Some(text) = arguments.text(0) else { return Ok(Value::Undefined) };
    match decoded(text.as_bytes(), kept) {
        Some(decoded) => evaluator.text(decoded),
        None => Err(malformed(&text, name)),
    }
}

fn decoded(text: &[u8], kept: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if text[at] != b'%' {
            bytes.push(text[at]);
            at += 1;
            continue;
        }
        let digits = std::str::from_utf8(text.get(at + 1..at + 3)?).ok()?;
        let byte =
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())??;
        match kept.contains(&byte) {
            true => bytes.extend_from_slice(&text[at..at + 3]),
            false => bytes.push(byte),
        }
        at += 3;
    }
    String::from_utf8(bytes).ok()
}

fn malformed(text: &str, name: &'static str) -> crate::error::Fault {
    Error::new("D3140").value(text).detail("functionName", name).into()
}
