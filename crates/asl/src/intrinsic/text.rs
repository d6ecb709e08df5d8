//! States.Format and States.StringSplit.

use serde_json::Value;

use super::{Arguments, Failure};
use crate::limits::{Budget, TooMuch};

/// Puts the arguments in place of `{}`, one after the other. A template from data is one like any other.
pub(super) fn format(arguments: Arguments) -> Result<Value, Failure> {
    let template = match arguments.template {
        Some(template) => template,
        None => arguments.values.text(0)?,
    };
    let mut values = arguments.values.0.iter().skip(1);
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['\\', '{']) {
        let (before, special) = rest.split_at(at);
        append(before, &mut text, arguments.budget)?;
        rest = if let Some(rest) = special.strip_prefix("{}") {
            let Some(value) = values.next() else {
                return Err(wrong_count(template, arguments.values.count() - 1));
            };
            show(value, &mut text, arguments.budget)?;
            rest
        } else {
            let shown = unescaped(special);
            append(shown.0, &mut text, arguments.budget)?;
            shown.1
        };
    }
    append(rest, &mut text, arguments.budget)?;
    match values.next() {
        None => Ok(Value::String(text)),
        Some(_) => Err(wrong_count(template, arguments.values.count() - 1)),
    }
}

/// What stands for the escape or brace at the beginning of a text, and the rest of the text.
fn unescaped(special: &str) -> (&str, &str) {
    match special.strip_prefix('\\') {
        Some(escaped) if escaped.starts_with(['\\', '{', '}', '\'']) => escaped.split_at(1),
        _ => special.split_at(1),
    }
}

fn wrong_count(template: &str, given: usize) -> Failure {
    let mut places = 0;
    let mut rest = template;
    while let Some(at) = rest.find(['\\', '{']) {
        let special = rest.split_at(at).1;
        rest = match special.strip_prefix("{}") {
            Some(rest) => {
                places += 1;
                rest
            }
            None => unescaped(special).1,
        };
    }
    Failure::Invalid(format!("The template has {places} occurrences of {{}} but {given} arguments follow it"))
}

fn append(more: &str, text: &mut String, budget: &mut Budget) -> Result<(), TooMuch> {
    budget.spend_bytes(more.len())?;
    text.push_str(more);
    Ok(())
}

/// A value as Java's collections print it: texts as they are, `{a=1, b=[]}`, `[1, 2]`.
fn show(value: &Value, text: &mut String, budget: &mut Budget) -> Result<(), TooMuch> {
    match value {
        Value::String(shown) => append(shown, text, budget),
        Value::Array(items) => {
            append("[", text, budget)?;
            for (at, item) in items.iter().enumerate() {
                append(if at == 0 { "" } else { ", " }, text, budget)?;
                show(item, text, budget)?;
            }
            append("]", text, budget)
        }
        Value::Object(fields) => {
            append("{", text, budget)?;
            for (at, (name, field)) in fields.iter().enumerate() {
                append(if at == 0 { "" } else { ", " }, text, budget)?;
                append(name, text, budget)?;
                append("=", text, budget)?;
                show(field, text, budget)?;
            }
            append("}", text, budget)
        }
        scalar => append(&scalar.to_string(), text, budget),
    }
}

/// Every character of the second argument separates; empty parts are dropped.
pub(super) fn split(arguments: Arguments) -> Result<Value, Failure> {
    let (text, separators) = (arguments.values.text(0)?, arguments.values.text(1)?);
    // Character by character, unlike what else is done to texts.
    arguments.budget.spend_steps((text.len() + separators.len()) as u64)?;
    arguments.budget.spend_bytes(text.len())?;
    let separators: std::collections::HashSet<char> = separators.chars().collect();
    let parts = text.split(|c| separators.contains(&c)).filter(|part| !part.is_empty());
    Ok(parts.collect())
}
