//! Stack policies: which resources an update may change, replace or take away.

use super::errors::validation;
use super::template::change::{Action, Replacement, ResourceChange};
use crate::failure::Failure;
use serde_json::Value;
use stepwell_wire::ApiError;

const MOST_BYTES: usize = 16_384;

/// A policy that is given, if it is one.
///
/// # Errors
/// AWS's.
pub fn given(body: Option<&str>, url: Option<&str>) -> Result<Option<String>, ApiError> {
    match (body, url) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(validation("S3 error: The specified bucket does not exist")),
        (Some(_), Some(_)) => Err(validation("You cannot specify both StackPolicyBody and StackPolicyURL.")),
        (Some(body), None) if body.len() > MOST_BYTES => {
            Err(validation(format!("Stack policy exceeds the limit of {MOST_BYTES} bytes")))
        }
        (Some(body), None) => {
            statements(body)
                .map_err(|reason| validation(format!("Error validating stack policy: {reason}")))?;
            Ok(Some(body.to_owned()))
        }
    }
}

/// Refuses changes that a policy doesn't allow.
///
/// # Errors
/// AWS's, for the first such change.
pub fn check(policy: Option<&String>, changes: &[ResourceChange]) -> Result<(), Failure> {
    let Some(policy) = policy else { return Ok(()) };
    let statements = statements(policy).map_err(Failure::broken)?;
    for change in changes {
        let action = match (change.action, change.replacement) {
            (Action::Add, _) => continue,
            (Action::Remove, _) => "Update:Delete",
            (Action::Modify, Some(Replacement::True)) => "Update:Replace",
            (Action::Modify, _) => "Update:Modify",
        };
        let applying = |effect: &str| statements.iter().position(|one| one.applies(effect, action, change));
        let denied = applying("Deny");
        if denied.is_none() && applying("Allow").is_some() {
            continue;
        }
        let by = denied.map_or_else(
            || "no statement allows".to_owned(),
            |index| format!("Statement [#{}] does not allow", index + 1),
        );
        let text = format!(
            "Action denied by stack policy: {by} [{action}] for resource [LogicalResourceId/{}]",
            change.logical_id
        );
        return Err(validation(text).into());
    }
    Ok(())
}

/// A statement, as far as it was found to be one.
struct Statement(Value);

impl Statement {
    fn applies(&self, effect: &str, action: &str, change: &ResourceChange) -> bool {
        let resource = format!("LogicalResourceId/{}", change.logical_id);
        let any = |member: &str, text: &str| {
            texts(&self.0[member]).iter().any(|pattern| matches(pattern.as_bytes(), text.as_bytes()))
        };
        self.0["Effect"] == effect
            && any("Action", action)
            && (any("Resource", &resource)
                || self.0.get("NotResource").is_some() && !any("NotResource", &resource))
            && self.condition_holds(&change.resource_type)
    }

    fn condition_holds(&self, resource_type: &str) -> bool {
        let Some(Value::Object(operators)) = self.0.get("Condition") else { return true };
        operators.iter().all(|(operator, keys)| {
            let patterns = texts(&keys["ResourceType"]);
            match operator.as_str() {
                "StringEquals" => patterns.contains(&resource_type),
                _ => patterns.iter().any(|pattern| matches(pattern.as_bytes(), resource_type.as_bytes())),
            }
        })
    }
}

fn statements(policy: &str) -> Result<Vec<Statement>, String> {
    let policy: Value = serde_json::from_str(policy).map_err(|_| "Invalid policy".to_owned())?;
    let statements = policy.get("Statement").and_then(Value::as_array).ok_or("Missing Statement")?;
    for statement in statements {
        let effect = statement["Effect"].as_str().unwrap_or_default();
        if !["Allow", "Deny"].contains(&effect) {
            return Err("Effect must be Allow or Deny".to_owned());
        }
        if statement.get("Principal").and_then(Value::as_str) != Some("*") {
            return Err("Principal must be *".to_owned());
        }
        if statement.get("Resource").is_some() == statement.get("NotResource").is_some() {
            return Err("A statement must have either Resource or NotResource".to_owned());
        }
        for action in texts(&statement["Action"]) {
            if !["Update:Modify", "Update:Replace", "Update:Delete", "Update:*"].contains(&action) {
                return Err(format!("Unknown action {action}"));
            }
        }
        if let Some(condition) = statement.get("Condition") {
            let known = condition.as_object().is_some_and(|operators| {
                operators.iter().all(|(operator, keys)| {
                    ["StringEquals", "StringLike"].contains(&operator.as_str())
                        && keys.as_object().is_some_and(|keys| keys.keys().all(|key| key == "ResourceType"))
                })
            });
            if !known {
                return Err("Conditions compare ResourceType with StringEquals or StringLike".to_owned());
            }
        }
    }
    Ok(statements.iter().cloned().map(Statement).collect())
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a text matches a pattern in which `*` stands for anything. No recursion: only the last `*` is tried again.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut in_pattern, mut in_text) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while in_text < text.len() {
        match (pattern.get(in_pattern), retry) {
            (Some(b'*'), _) => {
                retry = Some((in_pattern, in_text));
                in_pattern += 1;
            }
            (Some(byte), _) if *byte == text[in_text] => {
                in_pattern += 1;
                in_text += 1;
            }
            (_, Some((star, start))) => {
                in_pattern = star + 1;
                in_text = start + 1;
                retry = Some((star, start + 1));
            }
            _ => return false,
        }
    }
    pattern[in_pattern..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn change(action: Action, replacement: Option<Replacement>) -> ResourceChange {
        ResourceChange {
            action,
            logical_id: "Db".to_owned(),
            physical_id: None,
            resource_type: "AWS::SQS::Queue".to_owned(),
            replacement,
            scope: Vec::new(),
            details: Vec::new(),
            policy_action: None,
            before_context: None,
            after_context: None,
        }
    }

    #[test]
    fn what_is_not_allowed_is_denied_and_a_denial_counts_more() {
        let allow_all = json!({"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"});
        let deny = |action: &str, resource: &str| json!({"Effect": "Deny", "Action": [action], "Principal": "*", "Resource": resource});
        let only = |kind: &str| json!({"Effect": "Allow", "Action": "Update:*", "Principal": "*", "NotResource": "LogicalResourceId/X*", "Condition": {"StringLike": {"ResourceType": [kind]}}});
        let modify = change(Action::Modify, Some(Replacement::False));
        let replace = change(Action::Modify, Some(Replacement::True));
        for (statements, change, allowed) in [
            (vec![], &modify, false),
            (vec![allow_all.clone()], &modify, true),
            (vec![allow_all.clone(), deny("Update:Replace", "LogicalResourceId/D*")], &modify, true),
            (vec![allow_all.clone(), deny("Update:Replace", "LogicalResourceId/D*")], &replace, false),
            (vec![allow_all.clone(), deny("Update:*", "LogicalResourceId/X*")], &replace, true),
            (vec![only("AWS::SQS::*")], &modify, true),
            (vec![only("AWS::SNS::*")], &modify, false),
            (vec![], &change(Action::Add, None), true),
            (vec![], &change(Action::Remove, None), false),
        ] {
            let policy = given(Some(&json!({ "Statement": statements }).to_string()), None).unwrap();
            let answer = check(policy.as_ref(), std::slice::from_ref(change));
            assert_eq!(answer.is_ok(), allowed, "{statements:?}");
        }
    }

    #[test]
    fn a_policy_that_is_none_is_refused() {
        for body in [
            "",
            "x",
            "{}",
            r#"{"Statement": [{}]}"#,
            r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "Fly", "Resource": "*"}]}"#,
        ] {
            assert!(given(Some(body), None).is_err(), "{body}");
        }
    }

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "abd", false),
            ("*b*", "abc", true),
            ("", "a", false),
            ("a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
