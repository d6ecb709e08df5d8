//! InputTransformer: values out of an event, put into a template:
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html>
//!
//! Within quotes a value stands as bare text; outside of them as the JSON that it is.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use stepwell_asl::path::Path;

/// Variables that a transformer may have at most.
const MOST_VARIABLES: usize = 100;
/// The beginning of names that are AWS's own.
const RESERVED: &str = "aws.";

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[cbor(map)]
pub struct InputTransformer {
    #[n(0)]
    #[serde(default)]
    pub input_paths_map: BTreeMap<String, String>,
    #[n(1)]
    pub input_template: String,
}

/// What a template may name without a path.
pub struct Given<'a> {
    pub rule_arn: &'a str,
    pub rule_name: &'a str,
    pub ingested: &'a str,
    pub event: &'a Value,
}

impl InputTransformer {
    /// Why it can't be used, in AWS's code and words.
    #[must_use]
    pub fn problem(&self, target: &str) -> Option<(&'static str, String)> {
        let is_unreadable = |path: &String| Path::parse(path).is_err();
        let reason = if self.input_paths_map.len() > MOST_VARIABLES {
            format!("InputTransformer for target {target} has too many variables")
        } else if self.input_paths_map.values().any(is_unreadable) {
            format!("Invalid InputPathsMap for target {target}.")
        } else if let Some(name) = self.input_paths_map.keys().find(|name| name.starts_with(RESERVED)) {
            format!("InputPathsMap key {name} for target {target} is reserved.")
        } else {
            return None;
        };
        Some(("ValidationException", reason))
    }

    /// The text that is delivered.
    #[must_use]
    pub fn apply(&self, given: &Given) -> String {
        let mut text = String::with_capacity(self.input_template.len());
        let mut rest = self.input_template.as_str();
        let mut is_quoted = false;
        while let Some(character) = rest.chars().next() {
            let variable = variable(rest).and_then(|(name, behind)| Some((self.value(name, given)?, behind)));
            if let Some((value, behind)) = variable {
                put(&mut text, &value, is_quoted);
                rest = behind;
                continue;
            }
            let length = match character {
                // What is escaped is no quote.
                '\\' if is_quoted => rest.chars().take(2).map(char::len_utf8).sum(),
                other => other.len_utf8(),
            };
            is_quoted ^= character == '"';
            let (head, tail) = rest.split_at(length);
            text.push_str(head);
            rest = tail;
        }
        text
    }

    /// The value of a variable; nothing for what is none. What its path doesn't find is null.
    fn value(&self, name: &str, given: &Given) -> Option<Value> {
        if let Some(path) = self.input_paths_map.get(name) {
            let read = Path::parse(path).ok()?;
            return Some(read.read_in(given.event).map_or(Value::Null, std::borrow::Cow::into_owned));
        }
        Some(match name {
            "aws.events.rule-arn" => given.rule_arn.into(),
            "aws.events.rule-name" => given.rule_name.into(),
            "aws.events.event.ingestion-time" => given.ingested.into(),
            "aws.events.event" | "aws.events.event.json" => given.event.clone(),
            _ => return None,
        })
    }
}

/// `<name>` at the beginning, and what follows it.
fn variable(text: &str) -> Option<(&str, &str)> {
    let (name, behind) = text.strip_prefix('<')?.split_once('>')?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    (!name.is_empty() && name.chars().all(is_name)).then_some((name, behind))
}

fn put(text: &mut String, value: &Value, is_quoted: bool) {
    match (is_quoted, value) {
        (false, value) => text.push_str(&value.to_string()),
        (true, Value::Null) => {}
        (true, value) => {
            let bare = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let escaped = Value::from(bare).to_string();
            text.push_str(escaped.trim_start_matches('"').strip_suffix('"').unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_stand_bare_within_quotes_and_as_json_outside() {
        let event = json!({"detail": {"name": "a\"b", "count": 2, "list": [1, "x"]}});
        let paths = [
            ("name", "$.detail.name"),
            ("count", "$.detail.count"),
            ("list", "$.detail.list"),
            ("no", "$.no"),
        ];
        let cases = [
            (r#"{"n": <name>, "c": <count>, "l": <list>}"#, r#"{"n": "a\"b", "c": 2, "l": [1,"x"]}"#),
            (r#""<name> was counted <count> times""#, r#""a\"b was counted 2 times""#),
            (
                r#"{"no": <no>, "none": "<no>", "<unknown>": "<"}"#,
                r#"{"no": null, "none": "", "<unknown>": "<"}"#,
            ),
            (r#"<aws.events.rule-name> "<aws.events.rule-arn>""#, r#""r" "arn""#),
            (r#"{"quoted \" <count>": <count>}"#, r#"{"quoted \" 2": 2}"#),
            ("<aws.events.event.ingestion-time>", r#""now""#),
        ];
        for (template, expected) in cases {
            let transformer = InputTransformer {
                input_paths_map: paths.map(|(name, path)| (name.to_owned(), path.to_owned())).into(),
                input_template: template.to_owned(),
            };
            assert_eq!(transformer.problem("t"), None);
            let given = Given { rule_arn: "arn", rule_name: "r", ingested: "now", event: &event };
            assert_eq!(transformer.apply(&given), expected);
        }
    }
}
