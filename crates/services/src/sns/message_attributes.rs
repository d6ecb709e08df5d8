//! Attributes of messages: what AWS takes as one, in its words (recorded).

use crate::failure::Failure;
use crate::sns::errors;
use crate::sns::model::MessageAttributeValue;
use std::collections::BTreeMap;

const LONGEST_NAME: usize = 256;

/// Checks the attributes of a message.
///
/// # Errors
/// `ParameterValueInvalid`.
pub fn check(attributes: &BTreeMap<String, MessageAttributeValue>) -> Result<(), Failure> {
    for (name, attribute) in attributes {
        if let Some(text) = wrong_name(name).or_else(|| wrong_value(name, attribute)) {
            return Err(errors::parameter_value_invalid(text).into());
        }
    }
    Ok(())
}

/// Bytes that attributes count for in the size of a message.
#[must_use]
pub fn size(attributes: &BTreeMap<String, MessageAttributeValue>) -> usize {
    let size = |(name, value): (&String, &MessageAttributeValue)| {
        name.len()
            + value.data_type.len()
            + value.string_value.as_ref().map_or(0, String::len)
            + value.binary_value.as_ref().map_or(0, Vec::len)
    };
    attributes.iter().map(size).sum()
}

fn wrong_name(name: &str) -> Option<String> {
    let allowed = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    if name.is_empty() || name.len() >= LONGEST_NAME {
        return Some("Length of message attribute name must be less than 256 bytes.".to_owned());
    }
    if let Some(letter) = name.chars().find(|letter| !allowed(letter)) {
        return Some(format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(letter)
        ));
    }
    if name.starts_with('.') {
        return Some("Invalid message attribute name starting with character '.' was found.".to_owned());
    }
    if name.ends_with('.') {
        return Some("Invalid message attribute name ending with character '.' was found.".to_owned());
    }
    name.contains("..").then(|| "Message attribute name can not have successive '.' character.".to_owned())
}

fn wrong_value(name: &str, attribute: &MessageAttributeValue) -> Option<String> {
    let kind = attribute.data_type.split('.').next().unwrap_or_default();
    let text = attribute.string_value.as_ref();
    let bytes = attribute.binary_value.as_ref();
    let about = format!("The message attribute '{name}'");
    let empty = || {
        let of = &attribute.data_type;
        Some(format!(
            "{about} must contain non-empty message attribute value for message attribute type '{of}'."
        ))
    };
    match kind {
        "String" | "Number" if text.is_none() && bytes.is_some() => {
            Some(format!("{about} with type '{kind}' must use field 'String'."))
        }
        "Binary" if bytes.is_none() && text.is_some() => {
            Some(format!("{about} with type 'Binary' must use field 'Binary'."))
        }
        "String" | "Number" if text.is_none_or(String::is_empty) => empty(),
        "Binary" if bytes.is_none_or(Vec::is_empty) => empty(),
        "Number" if text.is_some_and(|text| !is_number(text)) => {
            Some(format!("Could not cast message attribute '{name}' value to number."))
        }
        "String" | "Number" | "Binary" => None,
        _ => Some(format!(
            "{about} has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
        )),
    }
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    // `inf` and `nan` are numbers for Rust, not for AWS.
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.parse::<f64>().is_ok()
}
