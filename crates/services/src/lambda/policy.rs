//! A function's resource policy, or that of one of its versions or aliases: its statements, each as JSON.

use crate::lambda::errors;
use minicbor::{Decode, Encode};
use serde_json::{Map, Value, json};
use stepwell_wire::ApiError;
use stepwell_wire::arn::{Arn, is_account_id};

/// AWS's limit for a policy's text.
const BYTES: usize = 20_480;

#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Policy {
    #[n(0)]
    pub statements: Vec<Statement>,
    /// A UUID, new with each change.
    #[n(1)]
    pub revision: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Statement {
    #[n(0)]
    pub sid: String,
    /// JSON text.
    #[n(1)]
    pub text: String,
}

impl Policy {
    /// The whole policy, as JSON text.
    #[must_use]
    pub fn text(&self) -> String {
        let statements: Vec<_> = self.statements.iter().map(|statement| statement.text.as_str()).collect();
        format!(r#"{{"Version":"2012-10-17","Id":"default","Statement":[{}]}}"#, statements.join(","))
    }

    /// Whether it is short enough.
    ///
    /// # Errors
    /// `PolicyLengthExceededException`.
    pub fn check_length(&self) -> Result<(), ApiError> {
        let length = self.text().len();
        if length <= BYTES {
            return Ok(());
        }
        Err(errors::policy_length_exceeded(length, BYTES))
    }
}

/// How a statement names whom it means; nothing for what names nobody.
#[must_use]
pub fn principal(given: &str) -> Option<Value> {
    let is_service = given.ends_with(".amazonaws.com") || given.ends_with(".amazonaws.com.cn");
    if given == "*" {
        return Some(json!("*"));
    }
    if is_service {
        return Some(json!({ "Service": given }));
    }
    if is_account_id(given) {
        return Some(json!({ "AWS": format!("arn:aws:iam::{given}:root") }));
    }
    let arn = Arn::parse(given)?;
    (matches!(arn.service.as_str(), "iam" | "sts") && is_account_id(&arn.account))
        .then(|| json!({ "AWS": given }))
}

/// The conditions of a statement: operator, key, value, in AWS's order.
#[must_use]
pub fn conditions(given: &[(&str, &str, Option<String>)]) -> Option<Value> {
    let mut conditions = Map::new();
    for (operator, key, value) in given {
        if let Some(value) = value {
            let of_operator = conditions.entry(*operator).or_insert_with(|| json!({}));
            of_operator[*key] = Value::from(value.as_str());
        }
    }
    (!conditions.is_empty()).then_some(Value::Object(conditions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_is_a_service_an_account_or_everyone() {
        let cases = [
            ("sns.amazonaws.com", Some(json!({"Service": "sns.amazonaws.com"}))),
            ("123456789012", Some(json!({"AWS": "arn:aws:iam::123456789012:root"}))),
            ("arn:aws:iam::123456789012:role/r", Some(json!({"AWS": "arn:aws:iam::123456789012:role/r"}))),
            ("*", Some(json!("*"))),
            ("invalid.nonaws.com", None),
            ("12345", None),
            ("arn:aws:sqs:us-east-1:123456789012:q", None),
            ("", None),
        ];
        for (given, expected) in cases {
            assert_eq!(principal(given), expected, "{given}");
        }
    }
}
