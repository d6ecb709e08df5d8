//! What a document has to be beside readable, before it is stored: rules of trust policies and of identity policies,
//! each with the first violation in IAM's words.

use super::condition::Operator;
use super::document::{Document, Principals, Selection, Statement, Version, malformed, syntax_errors};
use crate::iam::errors;
use std::collections::HashSet;
use stepwell_wire::arn::is_account_id;
use stepwell_wire::{ApiError, Arn};

/// Characters of a trust policy without white space.
const LONGEST_TRUST_POLICY: usize = 4096;

/// A role's trust policy.
///
/// # Errors
/// `MalformedPolicyDocument`, `LimitExceeded`.
pub fn trust_policy(text: &str) -> Result<Document, ApiError> {
    let document = Document::parse(text)?;
    for statement in &document.statements {
        trust_statement(statement)?;
    }
    sids(&document)?;
    if significant_length(text) > LONGEST_TRUST_POLICY {
        let text = format!("Cannot exceed quota for ACLSizePerRole: {LONGEST_TRUST_POLICY}");
        return Err(errors::limit_exceeded(text));
    }
    Ok(document)
}

/// A policy of a role, a user or a group, or one that is attached to them.
///
/// # Errors
/// `MalformedPolicyDocument`.
pub fn identity_policy(text: &str) -> Result<Document, ApiError> {
    let document = Document::parse(text)?;
    if document.statements.iter().any(|statement| statement.principals.is_some()) {
        return Err(malformed("Policy document should not specify a principal."));
    }
    if document.version != Version::V2012 {
        return Err(malformed("Policy document must be version 2012-10-17 or greater."));
    }
    sids(&document)?;
    for statement in &document.statements {
        conditions(statement)?;
        let actions = present(statement.actions.as_ref())
            .ok_or_else(|| malformed("Policy statement must contain actions."))?;
        let resources = present(statement.resources.as_ref())
            .ok_or_else(|| malformed("Policy statement must contain resources."))?;
        resources.patterns.iter().try_for_each(|pattern| resource(pattern))?;
        actions.patterns.iter().try_for_each(|pattern| action(pattern))?;
    }
    Ok(document)
}

/// The characters that count against a quota.
#[must_use]
pub fn significant_length(text: &str) -> usize {
    text.chars().filter(|character| !character.is_whitespace()).count()
}

fn trust_statement(statement: &Statement) -> Result<(), ApiError> {
    if statement.resources.is_some() {
        return Err(malformed("Has prohibited field Resource"));
    }
    let principals =
        statement.principals.as_ref().ok_or_else(|| malformed("Missing required field Principal"))?;
    if principals.not {
        return Err(malformed("AssumeRole policy must not contain NotPrincipal field."));
    }
    trust_principals(principals)?;
    let actions =
        present(statement.actions.as_ref()).ok_or_else(|| malformed("Missing required field Action"))?;
    for pattern in &actions.patterns {
        action(pattern)?;
        if !pattern.get(..4).is_some_and(|vendor| vendor.eq_ignore_ascii_case("sts:")) {
            return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
        }
    }
    conditions(statement)
}

fn trust_principals(principals: &Principals) -> Result<(), ApiError> {
    if principals.named.is_empty() {
        return Err(malformed("Missing required field Principal cannot be empty!"));
    }
    for (kind, name) in &principals.named {
        let valid = match kind.as_str() {
            "*" => {
                let text = r#"AssumeRolepolicy contained an invalid principal: "STAR":"*"."#;
                return Err(malformed(text));
            }
            "AWS" => is_aws_principal(name),
            "Service" => is_service_principal(name),
            "Federated" => true,
            _ => return Err(malformed(format!("Invalid principal in policy: \"{kind}\""))),
        };
        if !valid {
            // AWS shouts the names of services' kind and no other.
            let kind = if kind == "Service" { "SERVICE" } else { kind };
            return Err(malformed(format!("Invalid principal in policy: \"{kind}\":\"{name}\"")));
        }
    }
    Ok(())
}

/// An account, its root, a user, a role, a session, or all. Whether it exists isn't asked: it may be another account's.
fn is_aws_principal(name: &str) -> bool {
    if name == "*" || is_account_id(name) {
        return true;
    }
    let Some(arn) = Arn::parse(name) else { return false };
    let kinds: &[&str] = match arn.service.as_str() {
        "iam" => &["user/", "role/"],
        "sts" => &["assumed-role/", "federated-user/"],
        _ => return false,
    };
    let named = kinds.iter().any(|kind| arn.resource.strip_prefix(kind).is_some_and(|name| !name.is_empty()));
    is_account_id(&arn.account)
        && arn.region.is_empty()
        && !name.contains('*')
        && (named || (arn.service == "iam" && arn.resource == "root"))
}

/// `<service>.amazonaws.com` and its like. Which services there are isn't asked.
fn is_service_principal(name: &str) -> bool {
    let host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    name.contains(".amazon") && name.bytes().all(host)
}

fn conditions(statement: &Statement) -> Result<(), ApiError> {
    let known = |operator: &str| Operator::read(operator).is_some();
    if statement.conditions.iter().all(|condition| known(&condition.operator)) {
        return Ok(());
    }
    Err(syntax_errors())
}

fn sids(document: &Document) -> Result<(), ApiError> {
    let mut seen = HashSet::new();
    for sid in document.statements.iter().filter_map(|statement| statement.sid.as_deref()) {
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ));
        }
        if !sid.is_empty() && !seen.insert(sid) {
            return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
        }
    }
    Ok(())
}

fn present(selection: Option<&Selection>) -> Option<&Selection> {
    selection.filter(|selection| !selection.patterns.is_empty())
}

fn action(pattern: &str) -> Result<(), ApiError> {
    if pattern == "*" {
        return Ok(());
    }
    let parts: Vec<_> = pattern.split(':').collect();
    match parts[..] {
        [vendor, _] => {
            let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            if vendor == "*" || (!vendor.is_empty() && vendor.bytes().all(valid)) {
                Ok(())
            } else {
                Err(malformed(format!("Vendor {vendor} is not valid")))
            }
        }
        [_] => Err(malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")),
        _ => Err(malformed("Actions/Condition can contain only one colon.")),
    }
}

fn resource(pattern: &str) -> Result<(), ApiError> {
    // What a variable will be isn't known yet.
    if pattern == "*" || pattern.contains("${") {
        return Ok(());
    }
    let mut parts = pattern.splitn(6, ':');
    if parts.next() != Some("arn") || !pattern.contains(':') {
        return Err(malformed(format!("Resource {pattern} must be in ARN format or \"*\".")));
    }
    let partition = parts.next().unwrap_or_default();
    let rest: Vec<_> = parts.collect();
    if !(partition == "*" || partition.starts_with("aws")) {
        let part = |index: usize| rest.get(index).copied().unwrap_or("*");
        let arn = format!("arn:{partition}:{}:{}:{}:{}", part(0), part(1), part(2), part(3));
        return Err(malformed(format!("Partition \"{partition}\" is not valid for resource \"{arn}\".")));
    }
    match rest[..] {
        [] | [""] => Err(malformed("Resource vendor must be fully qualified and cannot contain regexes.")),
        ["iam", region, ..] if !region.is_empty() && region != "*" => {
            Err(malformed(format!("IAM resource {pattern} cannot contain region information.")))
        }
        ["s3", region, ..] if !region.is_empty() && region != "*" => {
            Err(malformed(format!("Resource {pattern} can not contain region information.")))
        }
        [_, _, _, _] => Ok(()),
        // `arn:aws:sqs:*` is taken: its last star stands for all that is missing.
        _ if pattern.ends_with('*') => Ok(()),
        _ => Err(malformed("The policy failed legacy parsing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_policies_are_checked() {
        let service = r#""Principal":{"Service":"states.amazonaws.com"}"#;
        let assume = r#""Action":"sts:AssumeRole""#;
        let cases = [
            (format!("{service},{assume}"), ""),
            (format!(r#"{service},"Action":["sts:AssumeRole","sts:TagSession"]"#), ""),
            (
                format!(
                    r#""Principal":{{"AWS":["123456789012","arn:aws:iam::123456789012:root","*"]}},{assume}"#
                ),
                "",
            ),
            (format!(r#""Principal":{{"AWS":"arn:aws:iam::123456789012:role/a/b"}},{assume}"#), ""),
            (
                r#""Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity""#
                    .to_owned(),
                "",
            ),
            (format!(r#"{service},{assume},"Resource":"*""#), "Has prohibited field Resource"),
            (assume.to_owned(), "Missing required field Principal"),
            (format!(r#""Principal":{{}},{assume}"#), "Missing required field Principal cannot be empty!"),
            (service.to_owned(), "Missing required field Action"),
            (
                format!(r#"{service},"Action":"sqs:*""#),
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ),
            (
                format!(r#"{service},"Action":"*""#),
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ),
            (
                format!(r#"{service},"Action":"é""#),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                format!(r#""NotPrincipal":{{"AWS":"123456789012"}},{assume}"#),
                "AssumeRole policy must not contain NotPrincipal field.",
            ),
            (
                format!(r#""Principal":{{"AWS":"arn:aws:iam::1:role/a"}},{assume}"#),
                r#"Invalid principal in policy: "AWS":"arn:aws:iam::1:role/a""#,
            ),
            (
                format!(r#""Principal":{{"AWS":"arn:aws:iam::123456789012:role/*"}},{assume}"#),
                r#"Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/*""#,
            ),
            (
                format!(r#""Principal":{{"AWS":"ann"}},{assume}"#),
                r#"Invalid principal in policy: "AWS":"ann""#,
            ),
            (
                format!(r#""Principal":{{"Service":"states"}},{assume}"#),
                r#"Invalid principal in policy: "SERVICE":"states""#,
            ),
            (format!(r#""Principal":{{"Person":"x"}},{assume}"#), r#"Invalid principal in policy: "Person""#),
            (
                format!(r#"{service},{assume},"Condition":{{"StringSounds":{{"a":"b"}}}}"#),
                "Syntax errors in policy.",
            ),
        ];
        for (elements, message) in cases {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{elements}}}]}}"#);
            let found = trust_policy(&text).map_or_else(|error| error.message, |_| String::new());
            assert_eq!(found, message, "{text}");
        }
        let long = format!(
            r#"{{"Statement":[{{"Effect":"Allow",{service},{assume},"Sid":"{}"}}]}}"#,
            "a".repeat(4096)
        );
        assert_eq!(trust_policy(&long).unwrap_err().code, "LimitExceeded");
    }

    #[test]
    fn identity_policies_are_checked() {
        let all = r#""Resource":"*""#;
        let send = r#""Action":"sqs:SendMessage""#;
        let cases = [
            (format!("{send},{all}"), ""),
            (
                format!(
                    r#"{send},"Resource":["arn:aws:sqs:us-east-1:1:q","arn:aws:s3:::b/*","arn:aws:sqs:*"]"#
                ),
                "",
            ),
            (format!(r#""Action":"*",{all}"#), ""),
            (r#""NotAction":"iam:*","NotResource":"arn:aws:iam::1:role/${aws:username}""#.to_owned(), ""),
            (format!(r#"{send},{all},"Principal":"*""#), "Policy document should not specify a principal."),
            (all.to_owned(), "Policy statement must contain actions."),
            (format!(r#""Action":[],{all}"#), "Policy statement must contain actions."),
            (send.to_owned(), "Policy statement must contain resources."),
            (format!(r#"{send},"Resource":"queue""#), r#"Resource queue must be in ARN format or "*"."#),
            (
                format!(r#"{send},"Resource":"arn:azure:sqs""#),
                r#"Partition "azure" is not valid for resource "arn:azure:sqs:*:*:*"."#,
            ),
            (
                format!(r#"{send},"Resource":"arn:aws""#),
                "Resource vendor must be fully qualified and cannot contain regexes.",
            ),
            (format!(r#"{send},"Resource":"arn:aws:sqs:us-east-1""#), "The policy failed legacy parsing"),
            (
                format!(r#"{send},"Resource":"arn:aws:iam:us-east-1:1:role/a""#),
                "IAM resource arn:aws:iam:us-east-1:1:role/a cannot contain region information.",
            ),
            (
                format!(r#""Action":"SendMessage",{all}"#),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (format!(r#""Action":"a:b:c",{all}"#), "Actions/Condition can contain only one colon."),
            (format!(r#""Action":"a s:b",{all}"#), "Vendor a s is not valid"),
            (
                format!(r#"{send},{all},"Sid":"a b""#),
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            ),
            (format!(r#"{send},{all},"Condition":{{"StringEqualsIfExists":{{"a":"b"}}}}"#), ""),
            (format!(r#"{send},{all},"Condition":{{"Is":{{"a":"b"}}}}"#), "Syntax errors in policy."),
        ];
        for (elements, message) in cases {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{elements}}}]}}"#);
            let found = identity_policy(&text).map_or_else(|error| error.message, |_| String::new());
            assert_eq!(found, message, "{text}");
        }
        let statement = format!(r#"{{"Sid":"a","Effect":"Allow",{send},{all}}}"#);
        let twice = format!(r#"{{"Version":"2012-10-17","Statement":[{statement},{statement}]}}"#);
        assert_eq!(
            identity_policy(&twice).unwrap_err().message,
            "Statement IDs (SID) in a single policy must be unique."
        );
        let old = format!(r#"{{"Statement":[{statement}]}}"#);
        assert_eq!(
            identity_policy(&old).unwrap_err().message,
            "Policy document must be version 2012-10-17 or greater."
        );
    }
}
