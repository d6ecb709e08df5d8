//! Conditions: operators over the values that a request has under a key.
//!
//! All conditions of a statement have to hold, and of one condition any value suffices; negated operators hold if no value
//! matches. A missing key makes positive operators fail and negated ones hold.

use super::document::{Condition, Version};
use super::evaluate::{Keys, expand};
use super::wildcard::Pattern;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::net::IpAddr;
use stepwell_wire::time;

/// The operators, without prefix and suffix.
pub const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// An operator taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator<'a> {
    pub name: &'a str,
    pub set: Option<Set>,
    pub if_exists: bool,
}

/// How an operator goes about a key of many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

impl<'a> Operator<'a> {
    /// Takes an operator apart; `None` if there is no such one.
    #[must_use]
    pub fn read(written: &'a str) -> Option<Self> {
        let (set, rest) = match written.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(Set::All), rest),
            Some(("ForAnyValue", rest)) => (Some(Set::Any), rest),
            _ => (None, written),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        // `Null` asks for existence itself.
        let known = OPERATORS.contains(&name) && !(if_exists && name == "Null");
        known.then_some(Self { name, set, if_exists })
    }

    /// The operator that this one negates, if it does.
    fn positive(self) -> (bool, &'a str) {
        match self.name {
            "StringNotEquals" => (true, "StringEquals"),
            "StringNotEqualsIgnoreCase" => (true, "StringEqualsIgnoreCase"),
            "StringNotLike" => (true, "StringLike"),
            "NumericNotEquals" => (true, "NumericEquals"),
            "DateNotEquals" => (true, "DateEquals"),
            "NotIpAddress" => (true, "IpAddress"),
            "ArnNotEquals" | "ArnNotLike" => (true, "ArnLike"),
            name => (false, name),
        }
    }
}

/// Whether a condition holds for a request with these keys. An operator that isn't one never holds.
#[must_use]
pub fn holds(condition: &Condition, version: Version, keys: &Keys) -> bool {
    let Some(operator) = Operator::read(&condition.operator) else { return false };
    let found = keys.values(&condition.key);
    if operator.name == "Null" {
        return condition.values.iter().any(|value| value.eq_ignore_ascii_case("true") == found.is_none());
    }
    let (negated, name) = operator.positive();
    let Some(found) = found else {
        return operator.if_exists || operator.set == Some(Set::All) || (negated && operator.set.is_none());
    };
    let expected: Vec<_> = condition.values.iter().filter_map(|value| expand(value, version, keys)).collect();
    let one = |found: &String| expected.iter().any(|expected| compare(name, expected, found)) != negated;
    match operator.set {
        Some(Set::All) => found.iter().all(one),
        Some(Set::Any) => found.iter().any(one),
        // Without a set operator no value of the request may match a negated condition.
        None if negated => found.iter().all(one),
        None => found.iter().any(one),
    }
}

fn compare(operator: &str, pattern: &Pattern, found: &str) -> bool {
    match operator {
        "StringLike" => return pattern.covers(found),
        "ArnLike" | "ArnEquals" => return pattern.covers_arn(found),
        _ => {}
    }
    let expected = pattern.text();
    let expected = expected.as_str();
    match operator {
        "StringEquals" => expected == found,
        "StringEqualsIgnoreCase" => expected.to_lowercase() == found.to_lowercase(),
        "Bool" => expected.eq_ignore_ascii_case(found),
        "BinaryEquals" => {
            let bytes = |text| STANDARD.decode(text).ok();
            bytes(expected).is_some_and(|expected| Some(expected) == bytes(found))
        }
        "IpAddress" => is_in_network(expected, found),
        _ => match operator.strip_prefix("Numeric") {
            Some(relation) => ordered(relation, number(expected), number(found)),
            None => ordered(operator.trim_start_matches("Date"), moment(expected), moment(found)),
        },
    }
}

/// `found <relation> expected`.
fn ordered<T: PartialOrd>(relation: &str, expected: Option<T>, found: Option<T>) -> bool {
    let (Some(expected), Some(found)) = (expected, found) else { return false };
    match relation {
        "Equals" => found == expected,
        "LessThan" => found < expected,
        "LessThanEquals" => found <= expected,
        "GreaterThan" => found > expected,
        "GreaterThanEquals" => found >= expected,
        _ => false,
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// ISO-8601, or seconds since 1970.
fn moment(text: &str) -> Option<i64> {
    let seconds = || text.parse::<i64>().ok()?.checked_mul(1000);
    time::parse_iso(text).or_else(seconds).or_else(|| time::parse_iso(&format!("{text}T00:00:00Z")))
}

/// An address within a network of CIDR notation; an address alone is a network of one.
fn is_in_network(network: &str, address: &str) -> bool {
    let (base, length) = match network.split_once('/') {
        Some((base, length)) => (base, length.parse::<u32>().ok()),
        None => (network, Some(128)),
    };
    let (Some(length), Ok(base), Ok(address)) = (length, base.parse::<IpAddr>(), address.parse::<IpAddr>())
    else {
        return false;
    };
    let (base, address, width) = match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            (u128::from(base.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => (base.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let free = u32::saturating_sub(width, length);
    base.checked_shr(free).unwrap_or(0) == address.checked_shr(free).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::default()
            .with("aws:SourceArn", "arn:aws:states:us-east-1:111:stateMachine:m")
            .with("aws:SourceAccount", "111")
            .with("aws:SourceIp", "10.1.2.3")
            .with("aws:CurrentTime", "2024-05-01T12:00:00Z")
            .with("aws:EpochTime", "1714564800")
            .with("aws:SecureTransport", "false")
            .with("aws:username", "ann")
            .with("n", "5")
            .with_all("aws:TagKeys", vec!["a".to_owned(), "b".to_owned()])
            .with_all("empty", Vec::new())
    }

    #[test]
    fn operators_hold_or_not() {
        let cases: &[(&str, &str, &[&str], bool)] = &[
            ("StringEquals", "aws:sourceaccount", &["111"], true),
            ("StringEquals", "AWS:SourceAccount", &["222", "111"], true),
            ("StringEquals", "aws:SourceAccount", &["222"], false),
            ("StringEquals", "missing", &["x"], false),
            ("StringEqualsIfExists", "missing", &["x"], true),
            ("StringNotEquals", "missing", &["x"], true),
            ("StringNotEquals", "aws:SourceAccount", &["111", "222"], false),
            ("StringNotEquals", "aws:SourceAccount", &["333", "222"], true),
            ("StringNotEqualsIfExists", "missing", &["x"], true),
            ("StringEqualsIgnoreCase", "aws:username", &["ANN"], true),
            ("StringLike", "aws:username", &["a*"], true),
            ("StringNotLike", "aws:username", &["a*"], false),
            ("StringEquals", "aws:username", &["${aws:username}"], true),
            ("StringEquals", "aws:username", &["${missing}"], false),
            ("StringLike", "aws:username", &["${missing, 'an'}?"], true),
            ("ArnLike", "aws:SourceArn", &["arn:aws:states:*:111:stateMachine:*"], true),
            ("ArnEquals", "aws:SourceArn", &["arn:aws:states:us-east-1:*:*"], true),
            ("ArnNotLike", "aws:SourceArn", &["arn:aws:states:*:111:*"], false),
            ("NumericEquals", "n", &["5.0"], true),
            ("NumericLessThan", "n", &["5"], false),
            ("NumericLessThanEquals", "n", &["5"], true),
            ("NumericGreaterThan", "n", &["4"], true),
            ("NumericNotEquals", "n", &["4"], true),
            ("NumericEquals", "aws:username", &["4"], false),
            ("DateGreaterThan", "aws:CurrentTime", &["2024-05-01T11:59:59Z"], true),
            ("DateLessThan", "aws:CurrentTime", &["2024-05-01"], false),
            ("DateLessThan", "aws:EpochTime", &["2024-05-02T00:00:00Z"], true),
            ("DateEquals", "aws:EpochTime", &["1714564800"], true),
            ("Bool", "aws:SecureTransport", &["False"], true),
            ("Bool", "aws:SecureTransport", &["true"], false),
            ("IpAddress", "aws:SourceIp", &["10.0.0.0/8"], true),
            ("IpAddress", "aws:SourceIp", &["10.1.2.3"], true),
            ("IpAddress", "aws:SourceIp", &["0.0.0.0/0"], true),
            ("IpAddress", "aws:SourceIp", &["::/0"], false),
            ("NotIpAddress", "aws:SourceIp", &["10.0.0.0/8"], false),
            ("IpAddress", "aws:SourceIp", &["10.0.0.0/99999999999"], false),
            ("Null", "missing", &["true"], true),
            ("Null", "missing", &["false"], false),
            ("Null", "n", &["false"], true),
            ("ForAllValues:StringEquals", "aws:TagKeys", &["a", "b", "c"], true),
            ("ForAllValues:StringEquals", "aws:TagKeys", &["a"], false),
            ("ForAllValues:StringEquals", "missing", &["a"], true),
            ("ForAllValues:StringEquals", "empty", &["a"], true),
            ("ForAnyValue:StringEquals", "aws:TagKeys", &["b"], true),
            ("ForAnyValue:StringEquals", "aws:TagKeys", &["c"], false),
            ("ForAnyValue:StringEquals", "missing", &["c"], false),
            ("StringSounds", "aws:username", &["ann"], false),
            ("NullIfExists", "missing", &["true"], false),
            ("BinaryEquals", "n", &["5"], false),
        ];
        for (operator, key, values, expected) in cases {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            let condition = Condition { operator: (*operator).to_owned(), key: (*key).to_owned(), values };
            assert_eq!(holds(&condition, Version::V2012, &keys()), *expected, "{condition:?}");
        }
    }
}
