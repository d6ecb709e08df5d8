//! Attributes of messages: what AWS takes as one, in its words.

use crate::failure::Failure;
use crate::sqs::errors;
use crate::sqs::model::MessageAttribute;
use std::collections::BTreeMap;

const MOST: usize = 10;
const LONGEST: usize = 256;
/// Digits that a number can have before it loses precision.
const NUMBER_DIGITS: usize = 38;

/// Checks the attributes that a sender gave a message.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn check(attributes: &BTreeMap<String, MessageAttribute>) -> Result<(), Failure> {
    let found = attributes.len();
    let first = match found > MOST {
        true => Some(format!("Number of message attributes [{found}] exceeds the allowed maximum [{MOST}].")),
        false => attributes.iter().find_map(|(name, attribute)| {
            wrong_name(name).map(str::to_owned).or_else(|| wrong_value(name, attribute))
        }),
    };
    first.map_or(Ok(()), |text| Err(errors::invalid_parameter(text).into()))
}

/// Checks the attributes that a sender gave for SQS: there is one, a trace header.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn check_system(attributes: &BTreeMap<String, MessageAttribute>) -> Result<(), Failure> {
    for (name, attribute) in attributes {
        if name != "AWSTraceHeader" {
            let text = format!("Message system attribute name '{name}' is invalid.");
            return Err(errors::invalid_parameter(text).into());
        }
        if attribute.data_type != "String" || attribute.string_value.as_ref().is_none_or(String::is_empty) {
            let text =
                format!("Message system attribute '{name}' must contain a non-empty value of type 'String'.");
            return Err(errors::invalid_parameter(text).into());
        }
    }
    Ok(())
}

/// Bytes that attributes count for in the size of a message.
#[must_use]
pub fn size(attributes: &BTreeMap<String, MessageAttribute>) -> usize {
    let size = |(name, value): (&String, &MessageAttribute)| {
        name.len()
            + value.data_type.len()
            + value.string_value.as_ref().map_or(0, String::len)
            + value.binary_value.as_ref().map_or(0, Vec::len)
    };
    attributes.iter().map(size).sum()
}

fn wrong_name(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let allowed = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    if name.is_empty() {
        Some("The request must contain non-empty message (user) attribute names.")
    } else if name.len() > LONGEST {
        Some("Message (user) attribute name must be shorter than 256 bytes.")
    } else if !name.chars().all(allowed) {
        Some(
            "Invalid character found in the message (user) attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
        )
    } else if ["aws.", "amazon."].iter().any(|reserved| lower.starts_with(reserved)) {
        Some(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.",
        )
    } else if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        Some("Invalid message (user) attribute name: it can't begin or end with '.', nor have two in a row.")
    } else {
        None
    }
}

fn wrong_value(name: &str, attribute: &MessageAttribute) -> Option<String> {
    let MessageAttribute { data_type, string_value, binary_value } = attribute;
    if data_type.is_empty() && string_value.is_none() && binary_value.is_none() {
        return Some(format!(
            "The message (user) attribute '{name}' must contain a non-empty message attribute value."
        ));
    }
    if data_type.is_empty() {
        return Some(format!("Message (user) attribute '{name}' must contain a non-empty attribute type."));
    }
    if data_type.len() > LONGEST {
        return Some("Message (user) attribute type must be shorter than 256 bytes.".to_owned());
    }
    let empty = |of: &str| {
        Some(format!("Message (user) attribute '{name}' must contain a non-empty value of type '{of}'."))
    };
    let text = string_value.as_deref().unwrap_or_default();
    match data_type.split('.').next().unwrap_or_default() {
        "Binary" if binary_value.as_ref().is_none_or(Vec::is_empty) => empty("Binary"),
        kind @ ("String" | "Number") if text.is_empty() => empty(kind),
        "String" if !text.chars().all(is_allowed) => {
            Some(format!("Message (user) attribute '{name}' contains a character outside the allowed set."))
        }
        "Number" if !is_number(text) => {
            Some(format!("Can't cast the value of message (user) attribute '{name}' to a number."))
        }
        "Binary" | "String" | "Number" => None,
        _ => Some(format!(
            "The type of message (user) attribute '{name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String."
        )),
    }
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    // `inf` and `nan` are numbers for Rust, not for AWS.
    (1..=NUMBER_DIGITS).contains(&digits)
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.parse::<f64>().is_ok()
}

/// The characters of XML 1.0, which is what SQS takes.
#[must_use]
pub fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}
