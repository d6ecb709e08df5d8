//! What a document says to a question: who wants to do what with which resource, under which circumstances.

use super::condition;
use super::document::{Document, Effect, Principals, Selection, Statement, Version};
use super::wildcard::{self, Pattern};
use std::collections::BTreeMap;

/// The condition keys of a request, by their names in lower case (their case doesn't count), each with its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(BTreeMap<String, Vec<String>>);

impl Keys {
    /// Adds a key with one value.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<String>) -> Self {
        self.with_all(key, vec![value.into()])
    }

    /// Adds a key with all its values.
    #[must_use]
    pub fn with_all(mut self, key: &str, values: Vec<String>) -> Self {
        self.0.insert(key.to_ascii_lowercase(), values);
        self
    }

    /// The values of a key, if the request has it.
    #[must_use]
    pub fn values(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// The value of a key that has exactly one.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        match self.values(key)? {
            [value] => Some(value),
            _ => None,
        }
    }
}

/// Who asks, as the principals of resource policies name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A user, a role, a session or the root of an account: all the ARNs that name it (a session is named by its own
    /// and by its role's), and its account.
    Aws { arns: Vec<String>, account: String },
    /// A service, under any of its names: the global and the regional one.
    Service(Vec<String>),
}

/// What is asked of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// For resource policies; identity policies name nobody.
    pub principal: Option<Principal>,
    /// Such as `sts:AssumeRole`.
    pub action: String,
    pub resource: String,
    pub keys: Keys,
}

/// What a document decides: a denial counts more than any permission; nothing is neither.
#[must_use]
pub fn decide(document: &Document, question: &Question) -> Option<Effect> {
    let applies = |statement: &&Statement| applies(statement, document.version, question);
    let effects = document.statements.iter().filter(applies).map(|statement| statement.effect);
    effects.fold(None, |decided, effect| match (decided, effect) {
        (Some(Effect::Deny), _) | (_, Effect::Deny) => Some(Effect::Deny),
        _ => Some(Effect::Allow),
    })
}

/// Whether a statement is about this question.
#[must_use]
pub fn applies(statement: &Statement, version: Version, question: &Question) -> bool {
    let principal = match (&statement.principals, &question.principal) {
        (Some(principals), Some(asking)) => names(principals, asking),
        (None, _) => true,
        (Some(_), None) => false,
    };
    let action = |pattern: &str| wildcard::covers_ignoring_case(pattern, &question.action);
    let resource = |pattern: &str| {
        expand(pattern, version, &question.keys).is_some_and(|pattern| pattern.covers(&question.resource))
    };
    principal
        && selects(statement.actions.as_ref(), action)
        && selects(statement.resources.as_ref(), resource)
        && statement.conditions.iter().all(|one| condition::holds(one, version, &question.keys))
}

/// A statement without the element (a trust policy has no resources) is about all.
fn selects(selection: Option<&Selection>, matches: impl Fn(&str) -> bool) -> bool {
    selection
        .is_none_or(|selection| selection.patterns.iter().any(|pattern| matches(pattern)) != selection.not)
}

fn names(principals: &Principals, asking: &Principal) -> bool {
    principals.named.iter().any(|(kind, name)| is_named(kind, name, asking)) != principals.not
}

fn is_named(kind: &str, name: &str, asking: &Principal) -> bool {
    match (kind, asking) {
        ("*", _) => true,
        ("AWS", Principal::Aws { arns, account }) => {
            name == "*"
                || name == account
                || name.strip_suffix(":root").and_then(|arn| arn.rsplit(':').next()) == Some(account)
                || arns.iter().any(|arn| arn == name)
        }
        ("Service", Principal::Service(names)) => names.iter().any(|own| own == name),
        _ => false,
    }
}

/// Replaces the variables of a text, `${aws:username}`; what stands for itself (`${*}`) is put in as it is.
/// `None` if a variable has no single value: then nothing matches.
pub(super) fn expand(text: &str, version: Version, keys: &Keys) -> Option<Pattern> {
    if version == Version::V2008 {
        return Some(Pattern::new(text));
    }
    let mut expanded = Pattern::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}')?;
        let (name, default) = match name.split_once(',') {
            Some((name, default)) => (name.trim(), Some(default.trim().trim_matches('\''))),
            None => (name, None),
        };
        expanded.push_pattern(before);
        expanded.push_literal(match name {
            "*" | "?" | "$" => name,
            name => keys.value(name).or(default)?,
        });
        rest = after;
    }
    expanded.push_pattern(rest);
    Some(expanded)
}

#[cfg(test)]
mod tests;
